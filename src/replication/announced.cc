#include "replication/announced.h"

#include <algorithm>

#include "base/open_record.h"
#include "base/record.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "catalog/version_table.h"

namespace antipode::replication {

namespace {

constexpr std::uint8_t kFormat = 1;
constexpr char kEnd = '\0';
constexpr std::size_t kPage = 500;
/// An idle source is noted this often only: each note is a commit.
constexpr std::int64_t kNoteEveryMs = 5000;

std::string rule_prefix(const RuleHeader& rule) {
    return catalog::rows::replication("an") + kEnd + rule.source_region + kEnd +
           rule.source_bucket + kEnd + rule.rule_id + kEnd;
}

std::string changes_prefix(const RuleHeader& rule) {
    return rule_prefix(rule) + "r";
}

std::string failed_prefix(const RuleHeader& rule) {
    return rule_prefix(rule) + "f";
}

std::string state_key(const RuleHeader& rule) {
    return rule_prefix(rule) + "h";
}

std::string row_key(const RuleHeader& rule, const Announced& announced) {
    if (announced.revision != 0) {
        return changes_prefix(rule) + big_endian(announced.revision);
    }
    return failed_prefix(rule) + announced.key + kEnd + (announced.is_purge ? "p" : "v") +
           to_version_id(announced.order);
}

void write(RecordWriter& out, const Announced& announced) {
    out.varint(announced.revision);
    out.u8(
        static_cast<std::uint8_t>((announced.is_purge ? 1U : 0U) | (announced.is_null ? 2U : 0U)));
    out.text(announced.key);
    out.u64(announced.order.hlc);
    out.text(announced.order.origin);
    out.varint(announced.size_bytes);
    out.u64(static_cast<std::uint64_t>(announced.committed_ms));
}

Announced read(RecordReader& in) {
    Announced announced;
    announced.revision = in.varint();
    const std::uint8_t flags = in.u8();
    announced.is_purge = (flags & 1U) != 0;
    announced.is_null = (flags & 2U) != 0;
    announced.key = in.text();
    announced.order.hlc = in.u64();
    announced.order.origin = in.text();
    announced.size_bytes = in.varint();
    announced.committed_ms = static_cast<std::int64_t>(in.u64());
    return announced;
}

void write_all(RecordWriter& out, const std::vector<Announced>& all) {
    out.varint(all.size());
    for (const Announced& one : all) {
        write(out, one);
    }
}

std::vector<Announced> read_all(RecordReader& in) {
    std::vector<Announced> all;
    // Every element has at least one byte: a count is believed only as far as bytes are there.
    for (std::uint64_t left = std::min<std::uint64_t>(in.varint(), in.rest().size());
         left > 0 && in.ok();
         --left) {
        all.push_back(read(in));
    }
    return all;
}

std::string encode(const Announced& announced) {
    RecordWriter out;
    out.u8(kFormat);
    write(out, announced);
    return out.take();
}

Result<Announced> decode_announced(std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "an announced change"));
    Announced announced = read(in);
    TRY_VOID(in.finish("an announced change"));
    return announced;
}

std::string encode(const AnnouncedState& state) {
    RecordWriter out;
    out.u8(kFormat);
    out.varint(state.epoch);
    out.u64(static_cast<std::uint64_t>(state.known_to_ms));
    out.u64(static_cast<std::uint64_t>(state.heard_ms));
    out.varint(state.history_left);
    return out.take();
}

Result<AnnouncedState> decode_state(std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "what a source announced"));
    AnnouncedState state;
    state.epoch = in.varint();
    state.known_to_ms = static_cast<std::int64_t>(in.u64());
    state.heard_ms = static_cast<std::int64_t>(in.u64());
    state.history_left = in.varint();
    TRY_VOID(in.finish("what a source announced"));
    return state;
}

Task<Result<void>> add_removals(catalog::Partition& partition,
                                std::string prefix,
                                std::string upto,
                                std::vector<index::Write>* writes) {
    index::ScanRange range{.prefix = std::move(prefix), .after = {}, .limit = kPage};
    CO_TRY(const auto page, co_await partition.scan(std::move(range)));
    for (const index::Row& row : page.rows) {
        if (upto.empty() || row.key <= upto) {
            writes->push_back({.key = row.key, .value = std::nullopt});
        }
    }
    co_return Result<void>{};
}

}  // namespace

std::string encode(const Announcement& announcement) {
    RecordWriter out;
    out.u8(kFormat);
    out.text(announcement.rule.source_region);
    out.text(announcement.rule.source_bucket);
    out.text(announcement.rule.target_bucket);
    out.text(announcement.rule.rule_id);
    out.varint(announcement.rule.epoch);
    out.varint(announcement.cursor);
    out.u64(static_cast<std::uint64_t>(announcement.known_to_ms));
    out.varint(announcement.history_left);
    write_all(out, announcement.changes);
    out.u8(announcement.has_failed ? 1 : 0);
    write_all(out, announcement.failed);
    return out.take();
}

Result<Announcement> decode_announcement(std::string_view bytes) {
    RecordReader in(bytes);
    if (in.u8() != kFormat) {
        return fail(ErrorCode::InvalidRequest, "an announcement of an unknown format");
    }
    Announcement announcement;
    announcement.rule.source_region = in.text();
    announcement.rule.source_bucket = in.text();
    announcement.rule.target_bucket = in.text();
    announcement.rule.rule_id = in.text();
    announcement.rule.epoch = in.varint();
    announcement.cursor = in.varint();
    announcement.known_to_ms = static_cast<std::int64_t>(in.u64());
    announcement.history_left = in.varint();
    announcement.changes = read_all(in);
    announcement.has_failed = in.u8() != 0;
    announcement.failed = read_all(in);
    TRY_VOID(in.finish("an announcement"));
    return announcement;
}

Task<Result<void>> take_announcement(catalog::Partition& partition,
                                     Announcement announcement,
                                     std::int64_t now_ms) {
    const RuleHeader& rule = announcement.rule;
    CO_TRY(const auto before, co_await load_announced_state(partition, rule));
    if (before && before->epoch != rule.epoch) {
        CO_TRY_VOID(co_await forget_announced(partition, rule));
    }
    std::vector<index::Write> writes;
    CO_TRY_VOID(co_await add_removals(partition,
                                      changes_prefix(rule),
                                      changes_prefix(rule) + big_endian(announcement.cursor),
                                      &writes));
    if (announcement.has_failed) {
        CO_TRY_VOID(co_await add_removals(partition, failed_prefix(rule), {}, &writes));
    }
    for (const auto* list : {&announcement.changes, &announcement.failed}) {
        for (const Announced& one : *list) {
            std::string key = row_key(rule, one);
            std::erase_if(writes, [&key](const index::Write& write) { return write.key == key; });
            writes.push_back({.key = std::move(key), .value = encode(one)});
        }
    }
    const bool is_news = !writes.empty() || !before || before->epoch != rule.epoch ||
                         before->history_left != announcement.history_left ||
                         now_ms - before->heard_ms >= kNoteEveryMs;
    if (!is_news) {
        co_return Result<void>{};
    }
    const AnnouncedState state{.epoch = rule.epoch,
                               .known_to_ms = announcement.known_to_ms,
                               .heard_ms = now_ms,
                               .history_left = announcement.history_left};
    writes.push_back({.key = state_key(rule), .value = encode(state)});
    CO_TRY_VOID(co_await partition.commit({}, std::move(writes), std::nullopt));
    co_return Result<void>{};
}

Task<Result<void>> forget_announced(catalog::Partition& partition, RuleHeader rule) {
    while (true) {
        std::vector<index::Write> writes;
        CO_TRY_VOID(co_await add_removals(partition, rule_prefix(rule), {}, &writes));
        if (writes.empty()) {
            co_return Result<void>{};
        }
        CO_TRY_VOID(co_await partition.commit({}, std::move(writes), std::nullopt));
    }
}

Task<Result<std::optional<AnnouncedState>>> load_announced_state(catalog::Partition& partition,
                                                                 RuleHeader rule) {
    CO_TRY(const auto row, co_await partition.get(state_key(rule)));
    if (!row) {
        co_return std::nullopt;
    }
    CO_TRY(const AnnouncedState state, decode_state(*row));
    co_return state;
}

Task<Result<AnnouncedPage>> scan_announced(catalog::Partition& partition,
                                           RuleHeader rule,
                                           std::string place) {
    index::ScanRange range{.prefix = rule_prefix(rule), .after = std::move(place), .limit = kPage};
    CO_TRY(const auto page, co_await partition.scan(std::move(range)));
    AnnouncedPage out;
    for (const index::Row& row : page.rows) {
        if (row.key != state_key(rule)) {
            CO_TRY(Announced announced, decode_announced(row.value));
            out.announced.push_back(std::move(announced));
        }
    }
    if (page.is_truncated) {
        out.place = page.rows.back().key;
    }
    co_return out;
}

Task<Result<bool>> has_arrived(catalog::Partition& partition, Announced announced) {
    if (announced.is_null) {
        CO_TRY(const auto here, co_await catalog::find_null_version(partition, announced.key));
        if (announced.is_purge) {
            co_return !here || here->version.order > announced.order;
        }
        if (here && here->version.order >= announced.order) {
            co_return true;
        }
        CO_TRY(const auto row,
               co_await partition.get(catalog::rows::null_tombstone(announced.key)));
        if (!row) {
            co_return false;
        }
        CO_TRY(const VersionOrder removed, catalog::decode_order(*row));
        co_return removed >= announced.order;
    }
    CO_TRY(const auto here,
           co_await catalog::find_version(partition, announced.key, announced.order));
    if (announced.is_purge) {
        co_return !here;
    }
    if (here) {
        co_return true;
    }
    CO_TRY(const auto row,
           co_await partition.get(catalog::rows::tombstone(announced.key, announced.order)));
    co_return row.has_value();
}

}  // namespace antipode::replication
