#include "replication/cursor_table.h"

#include <algorithm>

#include "base/mutant.h"
#include "base/open_record.h"
#include "base/record.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"

namespace antipode::replication {

bool RuleCursor::has(std::uint64_t change) const {
    return change <= revision || (change <= read_to && !std::ranges::binary_search(open, change));
}

namespace {

constexpr std::uint8_t kFormat = 1;
/// The first format knew of nothing behind the revision.
constexpr std::uint8_t kCursorFormat = 2;
constexpr char kEnd = '\0';

std::string rule_prefix(const std::string& rule_id) {
    return catalog::rows::replication("r") + kEnd + rule_id + kEnd;
}

std::string cursor_key(const std::string& rule_id) {
    return rule_prefix(rule_id) + "c";
}

std::string exceptions_prefix(const std::string& rule_id) {
    return rule_prefix(rule_id) + "e" + kEnd;
}

/// One row a version: trying again replaces it. The order's text keeps keys short of the engine's
/// limit.
std::string exception_key(const std::string& rule_id, const ReplicationException& exception) {
    return exceptions_prefix(rule_id) + exception.key + kEnd + (exception.is_purge ? "p" : "v") +
           (exception.is_null ? std::string(kNullVersionId) : to_version_id(exception.order));
}

std::string encode(const RuleCursor& cursor) {
    RecordWriter out;
    out.u8(kCursorFormat);
    out.varint(cursor.epoch);
    out.varint(cursor.revision);
    out.u8(cursor.history_done ? 1 : 0);
    out.text(cursor.history_key);
    out.text(cursor.history_version_id);
    out.varint(cursor.history_total);
    out.varint(cursor.history_copied);
    out.u8(cursor.history_counted ? 1 : 0);
    out.varint(cursor.read_to);
    out.varint(cursor.open.size());
    for (const std::uint64_t revision : cursor.open) {
        out.varint(revision);
    }
    return out.take();
}

Result<RuleCursor> decode_cursor(std::string_view value) {
    const bool is_first_format = value.starts_with(static_cast<char>(kFormat));
    TRY(RecordReader in,
        open_record(value, is_first_format ? kFormat : kCursorFormat, "a replication cursor"));
    RuleCursor cursor;
    cursor.epoch = in.varint();
    cursor.revision = in.varint();
    cursor.history_done = in.u8() != 0;
    cursor.history_key = in.text();
    cursor.history_version_id = in.text();
    cursor.history_total = in.varint();
    cursor.history_copied = in.varint();
    cursor.history_counted = in.u8() != 0;
    cursor.read_to = cursor.revision;
    if (!is_first_format) {
        cursor.read_to = in.varint();
        const std::uint64_t count = in.varint();
        for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
            cursor.open.push_back(in.varint());
        }
    }
    TRY_VOID(in.finish("a replication cursor"));
    return cursor;
}

std::string encode(const ReplicationException& exception) {
    RecordWriter out;
    out.u8(kFormat);
    out.text(exception.key);
    out.u64(exception.order.hlc);
    out.text(exception.order.origin);
    out.u8(static_cast<std::uint8_t>(
        (exception.is_null ? 1U : 0U) | (exception.is_purge ? 2U : 0U) |
        (exception.is_history ? 4U : 0U) | (exception.is_repair ? 8U : 0U) |
        (exception.is_excluded ? 16U : 0U)));
    out.text(exception.reason);
    out.varint(exception.tries);
    out.u64(static_cast<std::uint64_t>(exception.committed_ms));
    out.u64(static_cast<std::uint64_t>(exception.next_try_ms));
    out.varint(exception.size_bytes);
    return out.take();
}

Result<ReplicationException> decode_exception(std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "a replication exception"));
    ReplicationException exception;
    exception.key = in.text();
    exception.order.hlc = in.u64();
    exception.order.origin = in.text();
    const std::uint8_t flags = in.u8();
    exception.is_null = (flags & 1U) != 0;
    exception.is_purge = (flags & 2U) != 0;
    exception.is_history = (flags & 4U) != 0;
    exception.is_repair = (flags & 8U) != 0;
    exception.is_excluded = (flags & 16U) != 0;
    exception.reason = in.text();
    exception.tries = static_cast<std::uint32_t>(in.varint());
    exception.committed_ms = static_cast<std::int64_t>(in.u64());
    exception.next_try_ms = static_cast<std::int64_t>(in.u64());
    exception.size_bytes = in.varint();
    TRY_VOID(in.finish("a replication exception"));
    return exception;
}

Task<Result<void>> write_row(catalog::Partition& partition,
                             std::string key,
                             std::optional<std::string> value) {
    std::vector<index::Write> writes;
    writes.push_back({.key = std::move(key), .value = std::move(value)});
    CO_TRY_VOID(co_await partition.commit({}, std::move(writes), std::nullopt));
    co_return Result<void>{};
}

}  // namespace

Task<Result<std::optional<RuleCursor>>> load_cursor(catalog::Partition& partition,
                                                    std::string rule_id) {
    CO_TRY(const auto row, co_await partition.get(cursor_key(rule_id)));
    if (!row) {
        co_return std::nullopt;
    }
    CO_TRY(RuleCursor cursor, decode_cursor(*row));
    co_return cursor;
}

Task<Result<void>> save_cursor(catalog::Partition& partition,
                               std::string rule_id,
                               RuleCursor cursor) {
    co_return co_await write_row(partition, cursor_key(rule_id), encode(cursor));
}

Task<Result<std::vector<ReplicationException>>> load_exceptions(catalog::Partition& partition,
                                                                std::string rule_id) {
    std::vector<ReplicationException> found;
    std::string after;
    while (true) {
        index::ScanRange range{.prefix = exceptions_prefix(rule_id), .after = after, .limit = 1000};
        CO_TRY(const auto page, co_await partition.scan(std::move(range)));
        for (const index::Row& row : page.rows) {
            CO_TRY(ReplicationException exception, decode_exception(row.value));
            found.push_back(std::move(exception));
        }
        if (!page.is_truncated) {
            co_return found;
        }
        after = page.rows.back().key;
    }
}

Task<Result<void>> save_exception(catalog::Partition& partition,
                                  std::string rule_id,
                                  ReplicationException exception) {
    if (is_planted(Mutant::ExceptionsInMemory)) {
        co_return Result<void>{};
    }
    exception.reason.resize(std::min<std::size_t>(exception.reason.size(), 500));
    co_return co_await write_row(partition, exception_key(rule_id, exception), encode(exception));
}

Task<Result<void>> remove_exception(catalog::Partition& partition,
                                    std::string rule_id,
                                    ReplicationException exception) {
    co_return co_await write_row(partition, exception_key(rule_id, exception), std::nullopt);
}

Task<Result<void>> remove_rule_rows(catalog::Partition& partition, std::string rule_id) {
    while (true) {
        index::ScanRange range{.prefix = rule_prefix(rule_id), .after = {}, .limit = 500};
        CO_TRY(const auto page, co_await partition.scan(std::move(range)));
        std::vector<index::Write> removals;
        for (const index::Row& row : page.rows) {
            removals.push_back({.key = row.key, .value = std::nullopt});
        }
        if (!removals.empty()) {
            CO_TRY_VOID(co_await partition.commit({}, std::move(removals), std::nullopt));
        }
        if (!page.is_truncated) {
            co_return Result<void>{};
        }
    }
}

}  // namespace antipode::replication
