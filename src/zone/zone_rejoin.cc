#include <algorithm>
#include <utility>

#include "runtime/deadline.h"
#include "runtime/unique_id.h"
#include "zone/zone_set_impl.h"

namespace antipode::zone {

namespace {

constexpr std::chrono::seconds kPauseMin{1};
constexpr std::chrono::seconds kPauseMax{30};
constexpr std::chrono::seconds kPossessionMax{5};

/// Who has possession of a directory after take_possession.
struct Possession {
    std::string zone_id;
    std::unique_ptr<runtime::FileLock> lock;
};

Result<Possession> possess(runtime::FileSystem& files,
                           const std::string& directory,
                           Identity as_new) {
    TRY(auto lock, files.lock(directory + "/zone.lock"));
    TRY(const Inspection found, inspect(files, directory));
    if (found.finding == Finding::Identified) {
        return Possession{.zone_id = found.identity.zone_id, .lock = std::move(lock)};
    }
    if (found.finding != Finding::Empty) {
        return fail(ErrorCode::Unavailable, "the directory has just changed");
    }
    TRY_VOID(write_identity(files, directory, as_new));
    return Possession{.zone_id = as_new.zone_id, .lock = std::move(lock)};
}

}  // namespace

Task<void> ZoneSetImpl::rejoin(std::size_t zone) {
    const Result<void> filled = co_await fill(zone);
    {
        const std::scoped_lock lock(mutex_);
        Zone& it = zones_[zone];
        if (filled) {
            it.rejoin_pause = {};
            co_return;
        }
        it.rejoin_pause = std::clamp<runtime::Duration>(it.rejoin_pause * 2, kPauseMin, kPauseMax);
        it.rejoin_not_before = runtime::steady_now() + it.rejoin_pause;
    }
    // No effect when what was noticed elsewhere has put it out already; that reason is the better
    // one.
    put_out(zone, "it could not catch up: " + filled.error().message);
}

Task<Result<void>> ZoneSetImpl::fill(std::size_t zone) {
    CO_TRY_VOID(co_await take_possession(zone));
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const double done = static_cast<double>(i) / static_cast<double>(members_.size());
        const auto progress = [this, zone, done](double part) {
            const std::scoped_lock lock(mutex_);
            zones_[zone].progress = done + part / static_cast<double>(members_.size());
        };
        CO_TRY_VOID(co_await members_[i]->rejoin(zone, progress));
    }
    co_return co_await count_again(zone);
}

Task<Result<void>> ZoneSetImpl::take_possession(std::size_t zone) {
    const Identity as_new{.region = options_.region,
                          .region_id = region_id_,
                          .zone = options_.names[zone],
                          .zone_id = runtime::make_unique_id(),
                          .is_formed = true};
    const runtime::OneShot<Result<Possession>> answer;
    {
        const std::scoped_lock lock(mutex_);
        Zone& it = zones_[zone];
        it.lock.reset();  // Of the old directory, or of the same one: taken anew either way.
        it.prober->post([answer,
                         watch = it.watch,
                         &files = files_,
                         directory = options_.directories[zone],
                         as_new] {
            ZoneOperation operation(watch);
            answer.set(operation.done(possess(files, directory, as_new)));
        });
    }
    CO_TRY(Possession possession, co_await runtime::wait_for(answer, kPossessionMax));
    const std::scoped_lock lock(mutex_);
    zones_[zone].zone_id = std::move(possession.zone_id);
    zones_[zone].lock = std::move(possession.lock);
    co_return Result<void>();
}

/// The zone is complete. It counts only when it is durable there and on the members who is not.
Task<Result<void>> ZoneSetImpl::count_again(std::size_t zone) {
    {
        const std::scoped_lock lock(mutex_);
        if (zones_[zone].state.load() != ZoneState::CatchingUp) {
            co_return fail(ErrorCode::Unavailable, zones_[zone].reason);
        }
        zones_[zone].is_joining = true;
        update_incomplete_locked();
        record_locked();
    }
    while (true) {
        const runtime::OneShot<bool> changed;
        {
            const std::scoped_lock lock(mutex_);
            Zone& it = zones_[zone];
            if (it.state.load() != ZoneState::CatchingUp) {
                co_return fail(ErrorCode::Unavailable, it.reason);
            }
            if (is_recorded_locked()) {
                it.is_joining = false;
                it.progress = 1.0;
                it.reason.clear();
                it.state = ZoneState::Ok;
                co_return Result<void>();
            }
            waiting_for_record_.push_back(changed);
        }
        co_await changed.wait();
    }
}

Task<void> ZoneSetImpl::stop() {
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
        answer_recorded_locked();
    }
    stop_monitor_.notify_all();
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (state(zone) == ZoneState::CatchingUp) {
            put_out(zone, "the region is stopping");
        }
    }
    co_await rejoins_.join();
    const std::scoped_lock lock(telling_mutex_);
    members_.clear();
}

}  // namespace antipode::zone
