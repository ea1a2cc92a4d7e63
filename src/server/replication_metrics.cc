#include "server/replication_metrics.h"

#include <algorithm>

#include "runtime/executor.h"
#include "telemetry/metrics.h"

namespace antipode::server {

namespace {

using replication::RuleStatus;

struct Shown {
    const char* name;
    const char* help;
    double (*value)(const RuleStatus& rule, std::int64_t now_ms);
};

double seconds(std::int64_t milliseconds) {
    return static_cast<double>(milliseconds) / 1000;
}

double age_seconds(std::int64_t since_ms, std::int64_t now_ms) {
    return since_ms == 0 ? 0 : seconds(std::max<std::int64_t>(now_ms - since_ms, 0));
}

double as_number(std::uint64_t count) {
    return static_cast<double>(count);
}

constexpr Shown kShown[] = {
    {"antipode_replication_reachable",
     "1 while the destination answers.",
     [](const RuleStatus& rule, std::int64_t) { return rule.is_reachable ? 1.0 : 0.0; }},
    {"antipode_replication_fenced",
     "1 once the destination refuses the rule's epoch.",
     [](const RuleStatus& rule, std::int64_t) { return rule.is_fenced ? 1.0 : 0.0; }},
    {"antipode_replication_backlog_operations",
     "Changes that are not at the destination, exceptions among them.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.backlog_operations); }},
    {"antipode_replication_backlog_bytes",
     "Bytes of the versions in the backlog.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.backlog_bytes); }},
    {"antipode_replication_oldest_age_seconds",
     "Age of the oldest change that is not at the destination; 0 = none.",
     [](const RuleStatus& rule, std::int64_t now_ms) {
         return age_seconds(rule.oldest_pending_ms, now_ms);
     }},
    {"antipode_replication_recovery_point_age_seconds",
     "Everything older than this is at the destination.",
     [](const RuleStatus& rule, std::int64_t now_ms) {
         return age_seconds(rule.recovery_point_ms, now_ms);
     }},
    {"antipode_replication_history_versions",
     "Versions that were there when the rule was made and match.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.history_total); }},
    {"antipode_replication_history_copied_versions",
     "Of these, how many are done.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.history_copied); }},
    {"antipode_replication_exceptions",
     "Versions that the destination refused and that are tried again.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.exceptions); }},
    {"antipode_replication_sent_operations_total",
     "Operations that the destination answered since the start.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.operations_sent); }},
    {"antipode_replication_sent_bytes_total",
     "Bytes of bodies sent since the start.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.bytes_sent); }},
    {"antipode_replication_sent_wire_bytes_total",
     "What travelled for these bodies: compressed where that pays, nothing for what was there.",
     [](const RuleStatus& rule, std::int64_t) { return as_number(rule.wire_bytes_sent); }},
    {"antipode_replication_operations_per_second",
     "Rate of the last half minute.",
     [](const RuleStatus& rule, std::int64_t) { return rule.operations_per_second; }},
    {"antipode_replication_bytes_per_second",
     "Bandwidth of the last half minute.",
     [](const RuleStatus& rule, std::int64_t) { return rule.bytes_per_second; }},
    {"antipode_replication_lag_p50_seconds",
     "From commit here to confirmation from there, median of the last changes.",
     [](const RuleStatus& rule, std::int64_t) { return rule.lag_p50_ms / 1000; }},
    {"antipode_replication_lag_p99_seconds",
     "The same, 99th percentile.",
     [](const RuleStatus& rule, std::int64_t) { return rule.lag_p99_ms / 1000; }},
};

}  // namespace

std::string replication_exposition(const std::vector<RuleStatus>& rules, std::int64_t now_ms) {
    // Rules come and go: a registry of their own for each look shows those that are there.
    telemetry::Metrics metrics;
    for (const RuleStatus& rule : rules) {
        const telemetry::Labels labels{{"bucket", rule.bucket},
                                       {"rule", rule.rule.id},
                                       {"target_region", rule.rule.target_region},
                                       {"target_bucket", rule.rule.target_bucket.str()}};
        for (const Shown& shown : kShown) {
            const double value = shown.value(rule, now_ms);
            metrics.observe(shown.name, shown.help, labels, [value] { return value; });
        }
        if (rule.eta_ms) {
            const double eta = seconds(*rule.eta_ms);
            metrics.observe("antipode_replication_eta_seconds",
                            "Until backlog and history are there; absent when it cannot be said.",
                            labels,
                            [eta] { return eta; });
        }
    }
    return metrics.exposition();
}

Task<std::string> replication_metrics(replication::ReplicationAdmin& replication) {
    const auto rules = co_await replication.status({});
    if (!rules) {
        co_return "# replication: " + rules.error().message + "\n";
    }
    const auto now = runtime::Executor::current().wall_now();
    co_return replication_exposition(*rules, now.time_since_epoch().count());
}

void observe_lost_bodies(telemetry::Metrics& metrics, const replication::LostBodies& lost) {
    metrics.observe("antipode_objects_beyond_repair",
                    "Objects with bytes that no zone of the region can give back; parts count one "
                    "by one.",
                    {},
                    [&lost] { return static_cast<double>(lost.count()); });
    metrics.observe("antipode_objects_rebuilt_total",
                    "What was beyond repair and was rebuilt from another region, since the start.",
                    {},
                    [&lost] { return static_cast<double>(lost.rebuilt()); });
}

}  // namespace antipode::server
