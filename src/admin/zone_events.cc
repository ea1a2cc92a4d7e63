#include "admin/zone_events.h"

#include <fmt/format.h>

#include "telemetry/log.h"

namespace antipode::admin {

namespace {

constexpr std::chrono::milliseconds kLookEvery{200};

}  // namespace

void ZoneEvents::start() {
    watching_.spawn(watch());
}

Task<void> ZoneEvents::stop() {
    stopping_.raise();
    co_await watching_.join();
}

void ZoneEvents::look() {
    std::vector<zone::ZoneStatus> now = zones_.status();
    for (std::size_t zone = 0; zone < now.size(); ++zone) {
        const zone::ZoneStatus& status = now[zone];
        // The first look tells only what is not as it should be.
        const zone::ZoneState before = last_.empty() ? zone::ZoneState::Ok : last_[zone].state;
        if (status.state == before) {
            continue;
        }
        const std::string_view state = name_of(status.state);
        const bool is_well = status.state == zone::ZoneState::Ok;
        events_.add(runtime::Executor::current().wall_now(),
                    status.name,
                    is_well ? fmt::format("is {} again", state)
                            : fmt::format("is {}: {}", state, status.reason));
        telemetry::log().write(
            is_well ? telemetry::LogLevel::Info : telemetry::LogLevel::Warning,
            "a zone changed its state",
            {{"zone", status.name}, {"state", state}, {"reason", status.reason}});
    }
    last_ = std::move(now);
    look_at_protection();
}

void ZoneEvents::look_at_protection() {
    std::string trouble = protection_.trouble();
    if (trouble == last_trouble_) {
        return;
    }
    events_.add(runtime::Executor::current().wall_now(),
                "bodies",
                trouble.empty() ? "are as they should be again" : trouble);
    if (trouble.empty()) {
        telemetry::log().info("bodies are as they should be again");
    } else {
        telemetry::log().error("bodies are in trouble", {{"reason", trouble}});
    }
    last_trouble_ = std::move(trouble);
}

Task<void> ZoneEvents::watch() {
    const std::uint64_t seen = stopping_.count();
    while (stopping_.count() == seen) {
        look();
        co_await stopping_.wait_beyond(seen, kLookEvery);
    }
}

}  // namespace antipode::admin
