#include "server/lifecycle_metrics.h"

#include <cstdint>

namespace antipode::server {

namespace {

struct Shown {
    const char* action;
    std::uint64_t lifecycle::Figures::* figure;
};

constexpr Shown kShown[] = {
    {"expire", &lifecycle::Figures::expired},
    {"remove-version", &lifecycle::Figures::versions_removed},
    {"remove-marker", &lifecycle::Figures::markers_removed},
    {"move", &lifecycle::Figures::moved},
    {"abort-upload", &lifecycle::Figures::uploads_aborted},
    {"refused", &lifecycle::Figures::refused},
};

}  // namespace

void observe_lifecycle(telemetry::Metrics& metrics, const lifecycle::Daily& daily) {
    for (const Shown& shown : kShown) {
        metrics.observe("antipode_lifecycle_actions_total",
                        "What lifecycle rules have done since the start.",
                        {{"action", shown.action}},
                        [&daily, figure = shown.figure] {
                            return static_cast<double>(daily.totals().*figure);
                        });
    }
    metrics.observe("antipode_lifecycle_last_end_seconds",
                    "Unix time at which the last walk ended; 0 = none yet, or one is running.",
                    {},
                    [&daily] { return static_cast<double>(daily.status().ended_ms) / 1000; });
}

}  // namespace antipode::server
