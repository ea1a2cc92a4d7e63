#include "admin/drill_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/sleep.h"

namespace antipode::admin {

namespace {

constexpr std::chrono::milliseconds kLookEvery{20};

std::int64_t in_ms(runtime::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

void DrillReports::begin(const Drill& drill) {
    runtime::Executor& executor = runtime::Executor::current();
    std::uint64_t number = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (is_stopped_) {
            return;
        }
        number = ++number_;
        report_ = DrillReport{.drill = drill, .began = executor.wall_now()};
    }
    traffic_.begin();
    followers_.spawn(executor, follow(number));
}

std::optional<DrillReport> DrillReports::latest(std::size_t zone) const {
    const std::scoped_lock lock(mutex_);
    return report_ && report_->drill.zone == zone ? report_ : std::nullopt;
}

Task<void> DrillReports::stop() {
    {
        const std::scoped_lock lock(mutex_);
        is_stopped_ = true;
        ++number_;
    }
    traffic_.end();
    co_await followers_.join();
}

Task<void> DrillReports::follow(std::uint64_t number) {
    const runtime::Instant began = runtime::Executor::current().now();
    std::optional<runtime::Instant> lifted;
    while (look(number, began, &lifted)) {
        co_await runtime::sleep_for(kLookEvery);
    }
}

bool DrillReports::look(std::uint64_t number,
                        runtime::Instant began,
                        std::optional<runtime::Instant>* lifted) {
    const runtime::Instant now = runtime::Executor::current().now();
    const std::vector<Drill> running = drills_.running();
    const std::scoped_lock lock(mutex_);
    if (number != number_) {
        return false;
    }
    DrillReport& report = *report_;
    const std::size_t zone = report.drill.zone;
    const bool is_well = zones_.state(zone) == zone::ZoneState::Ok;
    report.traffic = traffic_.seen(now);
    if (!is_well && !report.noticed_after) {
        report.noticed_after = now - began;
    }
    if (std::ranges::any_of(running, [&](const Drill& drill) { return drill.zone == zone; })) {
        return true;
    }
    report.is_lifted = true;
    const runtime::Duration since = now - lifted->value_or(now);
    *lifted = lifted->value_or(now);
    if (is_well && protection_.under_protected() == 0) {
        report.protected_after = since;
    } else if (since < kFollowMax) {
        return true;
    }
    close(report);
    return false;
}

void DrillReports::close(DrillReport& report) {
    report.is_over = true;
    traffic_.end();
    events_.add(
        runtime::Executor::current().wall_now(),
        zones_.options().names.at(report.drill.zone),
        fmt::format("the drill ({}) is over: {} requests, {} failed, longest gap {} ms, {}",
                    name_of(report.drill.mode),
                    report.traffic.requests,
                    report.traffic.failed,
                    in_ms(report.traffic.longest_gap),
                    report.protected_after ? fmt::format("everything protected again after {} ms",
                                                         in_ms(*report.protected_after))
                                           : std::string("not everything is protected yet")));
}

}  // namespace antipode::admin
