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
constexpr std::size_t kUnitBytesMax = 1024 * 1024;
/// Versions and batches of the walk under way: enough for a line of 200 ms.
constexpr std::size_t kHistoryWindow = 6144;
constexpr std::size_t kUnitsMax = 32;

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

/// How much there is to do; beside the walk, which it would hold up for seconds.
Task<void> Sender::count_history() {
    catalog::VersionPlace place;
    std::uint64_t total = 0;
    while (!is_stopping_ && !is_fenced_ && !is_history_counted()) {
        const auto page = co_await catalog::scan_versions(partition(), {}, place, 1000);
        if (!page) {
            note_failure(page.error());
            co_await pause(500ms);
            continue;
        }
        total += static_cast<std::uint64_t>(std::ranges::count_if(
            page->entries, [this](const auto& entry) { return is_history(entry.stored); }));
        if (page->is_truncated) {
            const ObjectVersion& last = page->entries.back().stored.version;
            place = {.key = last.key, .order = last.order};
            continue;
        }
        const std::scoped_lock lock(mutex_);
        // A walk that was quicker knows it better.
        cursor_.history_total = cursor_.history_done ? cursor_.history_total : total;
        cursor_.history_counted = true;
    }
}

bool Sender::is_history_counted() {
    const std::scoped_lock lock(mutex_);
    return cursor_.history_counted || cursor_.history_done;
}

Task<void> Sender::walk_history() {
    auto place = place_of(cursor_);
    bool is_walked = cursor_.history_done;
    while (place && !is_stopping_ && !is_fenced_ && !is_walked) {
        const auto more = co_await walk_page(*place);
        if (!more) {
            note_failure(more.error());
            co_await pause(500ms);
        } else {
            is_walked = !*more;
        }
    }
    if (!place) {
        note_failure(place.error());
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

/// What the walk has under way is limited, so that a destination that is away stops it.
Task<void> Sender::wait_for_history_room() {
    while (!is_stopping_ && !is_fenced_) {
        const std::uint64_t seen = progress_.count();
        {
            const std::scoped_lock lock(mutex_);
            if (history_in_flight_ < kHistoryWindow && history_units_.size() < kUnitsMax) {
                co_return;
            }
        }
        co_await progress_.wait_beyond(seen, 1s);
    }
}

/// Sends one page behind `place` and moves it. False: that was the last one. After an error what
/// lies behind `place` has not been sent.
Task<Result<bool>> Sender::walk_page(catalog::VersionPlace& place) {
    CO_TRY(const auto page, co_await catalog::scan_versions(partition(), {}, place, kWalkPage));
    Batch batch;
    std::size_t bytes = 0;
    HistoryUnit unit{.end = place};
    for (const auto& entry : page.entries) {
        const ObjectVersion& version = entry.stored.version;
        unit.end = {.key = version.key, .order = version.order};
        if (!is_history(entry.stored)) {
            continue;
        }
        // What becomes of it after the scan is in the log, and wins wherever it arrives.
        CO_TRY(auto operation, co_await put_of(entry.stored, 0));
        if (!operation) {
            // Gone meanwhile; the change that did it is in the log.
            ++unit.copied;
            continue;
        }
        Pending pending{.revision = 0,
                        .committed = version.order.hlc,
                        .operation = std::move(*operation),
                        .retried = {}};
        bytes += pending.operation.body.size();
        batch.push_back(std::move(pending));
        if (bytes >= std::min(kUnitBytesMax, batch_bytes_max())) {
            co_await yield_to_realtime();
            co_await wait_for_history_room();
            place = unit.end;
            send_unit(std::exchange(batch, {}), std::exchange(unit, {.end = place}));
            bytes = 0;
        }
    }
    co_await yield_to_realtime();
    co_await wait_for_history_room();
    place = unit.end;
    unit.is_last = !page.is_truncated;
    send_unit(std::move(batch), std::move(unit));
    co_return page.is_truncated;
}

void Sender::send_unit(Batch batch, HistoryUnit unit) {
    if (is_stopping_ || is_fenced_) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    const std::uint64_t number = next_history_unit_++;
    unit.open = batch.size();
    history_units_[number] = std::move(unit);
    history_in_flight_ += batch.size();
    for (Pending& pending : batch) {
        pending.history_unit = number;
    }
    if (batch.empty()) {
        advance_history();
    } else {
        tasks_.spawn(send_rest(std::move(batch)));
    }
}

/// Under the mutex.
void Sender::advance_history() {
    while (!history_units_.empty() && history_units_.begin()->second.open == 0) {
        HistoryUnit& unit = history_units_.begin()->second;
        cursor_.history_copied += unit.copied;
        cursor_.history_done = unit.is_last;
        cursor_.history_key = std::move(unit.end.key);
        cursor_.history_version_id = unit.end.order ? to_version_id(*unit.end.order) : "";
        if (unit.is_last) {
            // What was removed between count and walk will never be copied: the whole is what there
            // was to do.
            const auto refused = std::ranges::count_if(
                exceptions_,
                [](const ReplicationException& one) { return one.is_history && !one.is_excluded; });
            cursor_.history_total = cursor_.history_copied + static_cast<std::uint64_t>(refused);
        }
        history_units_.erase(history_units_.begin());
    }
}

}  // namespace antipode::replication
