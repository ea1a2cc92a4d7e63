#include <algorithm>

#include "catalog/version_table.h"
#include "replication/sender.h"

// The walk over what was in the bucket when the rule was made. It feeds the same batches as the
// log; the receiver's rules (version order, tombstones) make sure that it can neither overwrite
// something newer nor bring back what was removed.
namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kWalkPage = 256;

/// Where the next page begins.
Result<catalog::VersionPlace> place_of(const RuleCursor& cursor) {
    catalog::VersionPlace place{.key = cursor.history_key, .order = {}};
    if (!cursor.history_version_id.empty()) {
        TRY(place.order, parse_version_id(cursor.history_version_id));
    }
    return place;
}

}  // namespace

/// What a client wrote here; replicas are not sent on.
bool Sender::is_history(const catalog::StoredVersion& stored) const {
    return stored.arrived_from.empty() && takes(stored);
}

Task<Result<void>> Sender::count_history() {
    catalog::VersionPlace place;
    std::uint64_t total = 0;
    while (!is_stopping_) {
        CO_TRY(const auto page, co_await catalog::scan_versions(partition(), {}, place, 1000));
        for (const auto& entry : page.entries) {
            total += is_history(entry.stored) ? 1 : 0;
        }
        if (!page.is_truncated) {
            const std::scoped_lock lock(mutex_);
            cursor_.history_total = total;
            cursor_.history_counted = true;
            break;
        }
        const ObjectVersion& last = page.entries.back().stored.version;
        place = {.key = last.key, .order = last.order};
    }
    co_return Result<void>{};
}

Task<void> Sender::walk_history() {
    while (!is_stopping_ && !is_fenced_ && !cursor_.history_done) {
        Result<bool> more = true;
        if (!cursor_.history_counted) {
            const auto counted = co_await count_history();
            if (!counted) {
                more = fail(counted.error());
            }
        } else {
            more = co_await walk_page();
        }
        if (!more) {
            note_failure(more.error());
            co_await pause(500ms);
        }
    }
}

/// Realtime goes first, but not for ever.
Task<void> Sender::yield_to_realtime() {
    const runtime::Instant end = place_.executor->now() + 500ms;
    while (!is_stopping_ && place_.executor->now() < end) {
        const std::uint64_t seen = progress_.count();
        {
            const std::scoped_lock lock(mutex_);
            if (unconfirmed_.empty() && read_to_ >= head_) {
                co_return;
            }
        }
        co_await progress_.wait_beyond(seen, end - place_.executor->now());
    }
}

/// Sends one page and waits until all of it is settled: the walk's place is saved only behind
/// confirmed versions.
Task<Result<bool>> Sender::walk_page() {
    CO_TRY(catalog::VersionPlace place, place_of(cursor_));
    CO_TRY(const auto page,
           co_await catalog::scan_versions(partition(), {}, std::move(place), kWalkPage));
    Batch batch;
    std::size_t bytes = 0;
    for (const auto& entry : page.entries) {
        const ObjectVersion& version = entry.stored.version;
        if (!is_history(entry.stored)) {
            continue;
        }
        CO_TRY(auto operation, co_await make_put(version.key, version.order, version.is_null, 0));
        {
            const std::scoped_lock lock(mutex_);
            ++history_in_flight_;
        }
        Pending pending{
            .revision = 0, .committed = version.order.hlc, .operation = {}, .retried = {}};
        if (!operation) {
            OperationReply gone{.is_ok = true,
                                .outcome = object::ReplicaOutcome::Superseded,
                                .code = {},
                                .reason = {}};
            co_await settle(std::move(pending), std::move(gone));
            continue;
        }
        pending.operation = std::move(*operation);
        bytes += pending.operation.body.size();
        batch.push_back(std::move(pending));
        if (bytes >= batch_bytes_max()) {
            co_await yield_to_realtime();
            co_await send_rest(std::exchange(batch, {}));
            bytes = 0;
        }
    }
    if (!batch.empty()) {
        co_await yield_to_realtime();
        co_await send_rest(std::move(batch));
    }
    while (!is_stopping_ && !is_fenced_) {
        const std::uint64_t seen = progress_.count();
        {
            const std::scoped_lock lock(mutex_);
            if (history_in_flight_ == 0) {
                break;
            }
        }
        co_await progress_.wait_beyond(seen, 1s);
    }
    if (is_stopping_ || is_fenced_) {
        co_return false;
    }
    const std::scoped_lock lock(mutex_);
    if (!page.entries.empty()) {
        const ObjectVersion& last = page.entries.back().stored.version;
        cursor_.history_key = last.key;
        cursor_.history_version_id = to_version_id(last.order);
    }
    cursor_.history_done = !page.is_truncated;
    if (cursor_.history_done) {
        // What was removed between count and walk will never be copied: the whole is what there was
        // to do.
        const auto refused = std::ranges::count_if(exceptions_, &ReplicationException::is_history);
        cursor_.history_total = cursor_.history_copied + static_cast<std::uint64_t>(refused);
    }
    co_return page.is_truncated;
}

}  // namespace antipode::replication
