#pragma once

#include <string>
#include <vector>

#include "replication/lost_bodies.h"
#include "replication/replication_admin.h"
#include "runtime/task.h"
#include "telemetry/metrics.h"

namespace antipode::server {

/// The state of every rule in Prometheus' text format: backlog, age, rate, lag, history,
/// exceptions. Labels: bucket, rule, target_region, target_bucket.
std::string replication_exposition(const std::vector<replication::RuleStatus>& rules,
                                   std::int64_t now_ms);

/// The same of all rules now; a comment with the reason when it cannot be read.
Task<std::string> replication_metrics(replication::ReplicationAdmin& replication);

/// How many bodies are beyond repair here, and how many were rebuilt from other regions.
void observe_lost_bodies(telemetry::Metrics& metrics, const replication::LostBodies& lost);

}  // namespace antipode::server
