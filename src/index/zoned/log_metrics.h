#pragma once

#include <array>

#include "telemetry/metrics.h"
#include "zone/zone_set.h"

namespace antipode::index {

/// What the commit log does, as distributions since start. Any thread.
struct LogMetrics {
    /// Of one zone's log.
    struct Zone {
        telemetry::Histogram group_records;  ///< Records that one flush made durable.
        telemetry::Histogram write_time;     ///< Of such a group: write and flush.
    };

    std::array<Zone, zone::kZones> zones;
    telemetry::Histogram commit_time;  ///< From its place in the log until it is durable in two.
};

}  // namespace antipode::index
