#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "index/check_commit.h"
#include "index/zoned/merge_scan.h"
#include "index/zoned/read_race.h"
#include "index/zoned/zoned_store.h"

namespace antipode::index {

namespace {

Result<std::vector<std::optional<std::string>>> read_all(RowTable& rows,
                                                         const std::vector<std::string>& keys) {
    std::vector<std::optional<std::string>> values;
    for (const std::string& key : keys) {
        TRY(auto value, rows.get(key, ReadFrom::Disk));
        values.push_back(std::move(value.value()));
    }
    return values;
}

/// Empty when memory does not have all of them, or when the table says no: then the slower way
/// will tell.
std::optional<std::vector<std::optional<std::string>>> read_in_memory(
    RowTable& rows, const std::vector<std::string>& keys) {
    std::vector<std::optional<std::string>> values;
    for (const std::string& key : keys) {
        auto value = rows.get(key, ReadFrom::Memory);
        if (!value || !*value) {
            return std::nullopt;
        }
        values.push_back(std::move(**value));
    }
    return values;
}

}  // namespace

/// Zones that can be read, the one to ask first in front: the same one as long as it is well, for
/// the sake of its cache.
std::vector<std::shared_ptr<ZoneWorkers>> ZonedStore::readers() const {
    std::vector<std::shared_ptr<ZoneWorkers>> well;
    std::vector<std::shared_ptr<ZoneWorkers>> slow;
    const std::scoped_lock lock(mutex_);
    for (const auto& workers : workers_) {
        if (workers) {
            const bool is_slow = workers->replica()->watch->pending_for() > options_.hedge_after;
            (is_slow ? slow : well).push_back(workers);
        }
    }
    well.insert(well.end(), slow.begin(), slow.end());
    return well;
}

template <typename T>
Task<Result<T>> ZonedStore::read_from_disk(std::function<Result<T>(RowTable&)> read) {
    using Race = ReadRace<T>;
    runtime::Executor& executor = runtime::Executor::current();
    const runtime::Instant end = executor.now() + options_.read_max;
    const std::vector<std::shared_ptr<ZoneWorkers>> zones = readers();
    const auto race = std::make_shared<Race>();
    std::size_t asked = 0;
    std::size_t failed = 0;
    bool asks_another = true;
    while (executor.now() < end) {
        const runtime::OneShot<typename Race::Event> event = race->next_event();
        if (std::optional<Result<T>> answer = race->look(&failed)) {
            co_return std::move(*answer);
        }
        if (failed == asked && asked == zones.size()) {
            co_return asked == 0 ? fail(ErrorCode::Unavailable, "no zone can be read")
                                 : fail(race->last_error());
        }
        if ((asks_another || failed == asked) && asked < zones.size()) {
            const std::shared_ptr<ZoneReplica> replica = zones[asked]->replica();
            zones[asked]->readers().post([entry = typename Race::Entry(race),
                                          replica,
                                          read]() mutable { entry.answer(read(*replica->rows)); });
            ++asked;
        }
        const runtime::Duration patience =
            asked < zones.size() && !is_planted(Mutant::ReadsAreNotHedged) ? options_.hedge_after
                                                                           : end - executor.now();
        const auto timer =
            executor.post_after(patience, [event] { event.set(Race::Event::Timer); });
        const typename Race::Event what = co_await event.wait();
        executor.cancel(timer);
        asks_another = what == Race::Event::Timer;
    }
    co_return fail(ErrorCode::Timeout, "no zone answers reads");
}

Task<Result<ZonedStore::Values>> ZonedStore::read_rows(std::vector<std::string> keys) {
    const std::vector<std::shared_ptr<ZoneWorkers>> zones = readers();
    if (zones.empty()) {
        co_return fail(ErrorCode::Unavailable, "no zone can be read");
    }
    if (auto values = read_in_memory(*zones[0]->replica()->rows, keys)) {
        co_return std::move(*values);
    }
    std::function<Result<Values>(RowTable&)> read = [keys = std::move(keys)](RowTable& rows) {
        return read_all(rows, keys);
    };
    co_return co_await read_from_disk<Values>(std::move(read));
}

Task<Result<std::vector<std::optional<std::string>>>> ZonedStore::get(
    PartitionId partition, std::vector<std::string> keys) {
    CO_TRY_VOID(check_partition(partition));
    if (auto values = sequencer_->resolve_here(partition, keys)) {
        co_return std::move(*values);
    }
    const Sequencer::Pin pin = sequencer_->pin();
    std::vector<std::string> row_keys;
    for (const std::string& key : keys) {
        row_keys.push_back(row_key(partition.str(), key));
    }
    CO_TRY(Values base, co_await read_rows(std::move(row_keys)));
    co_return sequencer_->resolve(partition, keys, std::move(base));
}

Task<Result<ScanPage>> ZonedStore::scan(PartitionId partition, ScanRange range) {
    CO_TRY_VOID(check_scan(partition, range));
    // Kept here, not by the reading thread: one that hangs must not keep the overlay from
    // shrinking.
    const Sequencer::Pin pin = sequencer_->pin();
    const std::vector<std::shared_ptr<ZoneWorkers>> zones = readers();
    if (zones.empty()) {
        co_return fail(ErrorCode::Unavailable, "no zone can be read");
    }
    Result<std::optional<ScanPage>> page =
        merge_scan(*sequencer_, *zones[0]->replica()->rows, partition, range, ReadFrom::Memory);
    if (page && *page) {
        co_return std::move(**page);
    }
    std::function<Result<ScanPage>(RowTable&)> read =
        [sequencer = sequencer_, partition, range](RowTable& rows) -> Result<ScanPage> {
        TRY(auto found, merge_scan(*sequencer, rows, partition, range, ReadFrom::Disk));
        CHECK(found);
        return std::move(*found);
    };
    co_return co_await read_from_disk<ScanPage>(std::move(read));
}

}  // namespace antipode::index
