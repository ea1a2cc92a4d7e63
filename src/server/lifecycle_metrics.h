#pragma once

#include "lifecycle/daily.h"
#include "telemetry/metrics.h"

namespace antipode::server {

/// What lifecycle has done since the start of the process, and when it last ended. `daily` outlives
/// whoever asks `metrics`.
void observe_lifecycle(telemetry::Metrics& metrics, const lifecycle::Daily& daily);

}  // namespace antipode::server
