#include <utility>

#include <fmt/format.h>

#include "zone/zone_set_impl.h"

// A zone that an operator has taken out must not come back by itself: what stands at its path
// meanwhile may be an empty mount point.

namespace antipode::zone {

Result<void> ZoneSetImpl::begin_hold(std::size_t zone, const std::string& reason) {
    const std::scoped_lock lock(mutex_);
    for (std::size_t other = 0; other < kZones; ++other) {
        if (other != zone && state(other) != ZoneState::Ok) {
            return fail(ErrorCode::Conflict,
                        fmt::format("{} is {}; as long as it is, {} may hold what it lacks",
                                    options_.names[other],
                                    name_of(state(other)),
                                    options_.names[zone]));
        }
    }
    Zone& it = zones_.at(zone);
    it.is_held = true;
    if (it.state.load() == ZoneState::Out) {
        it.reason = reason;
        update_incomplete_locked();
        record_locked();
    }
    return {};
}

Task<Result<void>> ZoneSetImpl::hold(std::size_t zone, std::string reason) {
    CO_TRY_VOID(begin_hold(zone, reason));
    put_out(zone, std::move(reason));
    {
        const std::scoped_lock lock(mutex_);
        zones_[zone].lock.reset();  // Its disk can be unmounted.
    }
    co_await outages_recorded();
    co_return Result<void>();
}

Result<void> ZoneSetImpl::release(std::size_t zone) {
    const std::scoped_lock lock(mutex_);
    Zone& it = zones_.at(zone);
    if (!it.is_held) {
        return fail(ErrorCode::Conflict,
                    fmt::format("{} is not out for maintenance", options_.names[zone]));
    }
    it.is_held = false;
    it.reason = "it is let back after maintenance";
    it.rejoin_not_before = {};
    update_incomplete_locked();
    record_locked();
    return {};
}

}  // namespace antipode::zone
