#include "admin/maintain_zone.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/sleep.h"

namespace antipode::admin {

namespace {

constexpr std::chrono::seconds kDrainMax{20};
constexpr std::chrono::milliseconds kLookEvery{100};

Task<Result<void>> drain(const Protection& protection, const std::string& name) {
    const runtime::Instant end = runtime::Executor::current().now() + kDrainMax;
    while (const std::uint64_t left = protection.under_protected()) {
        if (runtime::Executor::current().now() >= end) {
            co_return fail(ErrorCode::Conflict,
                           fmt::format("{} objects are not on their three zones yet; {} can go "
                                       "when they are healed, or at once if need be",
                                       left,
                                       name));
        }
        co_await runtime::sleep_for(kLookEvery);
    }
    co_return Result<void>();
}

}  // namespace

Task<Result<void>> begin_maintenance(zone::ZoneSet& zones,
                                     const Protection& protection,
                                     std::size_t zone,
                                     bool is_at_once) {
    // While a zone is away bodies are not on three: there is nothing to wait for.
    const bool are_all_there = std::ranges::all_of(
        zones.status(), [](const zone::ZoneStatus& it) { return it.state == zone::ZoneState::Ok; });
    if (!is_at_once && are_all_there) {
        CO_TRY_VOID(co_await drain(protection, zones.options().names.at(zone)));
    }
    co_return co_await zones.hold(zone, "out for maintenance");
}

}  // namespace antipode::admin
