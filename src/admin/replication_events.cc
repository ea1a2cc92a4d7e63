#include "admin/replication_events.h"

#include <algorithm>

#include <fmt/format.h>

#include "telemetry/log.h"

namespace antipode::admin {

namespace {

constexpr std::chrono::seconds kLookEvery{1};
/// Between two events about refused versions of one rule: there may be thousands.
constexpr std::int64_t kFailedEveryMs = 60'000;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

std::string name_of(const replication::RuleStatus& rule) {
    return fmt::format(
        "{} -> {}/{}", rule.bucket, rule.rule.target_region, rule.rule.target_bucket.str());
}

double minutes(std::int64_t ms) {
    return static_cast<double>(ms) / 60'000;
}

}  // namespace

void ReplicationEvents::start() {
    watching_.spawn(watch());
}

Task<void> ReplicationEvents::stop() {
    stopping_.raise();
    co_await watching_.join();
}

Task<void> ReplicationEvents::watch() {
    const std::uint64_t seen = stopping_.count();
    while (stopping_.count() == seen) {
        co_await look();
        co_await stopping_.wait_beyond(seen, kLookEvery);
    }
}

Task<void> ReplicationEvents::look() {
    auto rules = co_await replication_.glance();
    if (!rules) {
        // The rows cannot be read: what is wrong with them has events of its own.
        co_return;
    }
    std::map<std::string, Seen> still_there;
    for (replication::RuleStatus& rule : *rules) {
        const std::string name = rule.bucket + "/" + rule.rule.id;
        Seen seen = seen_[name];
        look_at_age(rule, seen);
        if (rule.is_fenced && !seen.is_fenced) {
            events_.add(runtime::Executor::current().wall_now(),
                        name_of(rule),
                        "the destination refuses the rule's epoch; nothing is sent any more",
                        "replication.fenced");
        }
        seen.is_fenced = rule.is_fenced;
        co_await look_at_failures(std::move(rule), seen);
        still_there.emplace(name, seen);
    }
    seen_ = std::move(still_there);
}

void ReplicationEvents::look_at_age(const replication::RuleStatus& rule, Seen& seen) {
    const auto now = runtime::Executor::current().wall_now();
    const std::int64_t age_ms = rule.oldest_pending_ms == 0 ? 0 : now_ms() - rule.oldest_pending_ms;
    const bool is_late = age_ms > rule.limits.threshold_ms;
    if (is_late && seen.late_since_ms == 0) {
        seen.late_since_ms = now_ms();
        std::string text = fmt::format(
            "the oldest change has waited {:.1f} min, longer than the threshold of "
            "{:.1f} min{}",
            minutes(age_ms),
            minutes(rule.limits.threshold_ms),
            rule.last_error.empty() ? "" : ": " + rule.last_error);
        telemetry::log().warning("a replication rule is late",
                                 {{"rule", name_of(rule)}, {"reason", rule.last_error}});
        events_.add(now, name_of(rule), std::move(text), "replication.late");
    }
    if (!is_late && seen.late_since_ms != 0) {
        events_.add(now,
                    name_of(rule),
                    fmt::format("is within its threshold again after {:.1f} min",
                                minutes(now_ms() - seen.late_since_ms)),
                    "replication.caught-up");
        seen.late_since_ms = 0;
    }
}

Task<void> ReplicationEvents::look_at_failures(replication::RuleStatus rule, Seen& seen) {
    // Fewer than were told: the next new one is to be told again.
    seen.failed = std::min(seen.failed, rule.exceptions);
    const bool was_told_lately =
        seen.told_failed_ms != 0 && now_ms() - seen.told_failed_ms < kFailedEveryMs;
    if (rule.exceptions <= seen.failed || was_told_lately) {
        co_return;
    }
    const auto exceptions = co_await replication_.exceptions(rule.bucket, rule.rule.id);
    if (!exceptions || exceptions->empty()) {
        co_return;
    }
    const auto& newest = exceptions->back();
    events_.add(runtime::Executor::current().wall_now(),
                name_of(rule),
                fmt::format("{} versions could not be replicated and are tried again; the last is "
                            "'{}': {}",
                            exceptions->size(),
                            newest.key,
                            newest.reason),
                "replication.failed");
    seen.failed = rule.exceptions;
    seen.told_failed_ms = now_ms();
}

}  // namespace antipode::admin
