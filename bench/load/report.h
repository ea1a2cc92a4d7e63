#pragma once

#include <string>
#include <vector>

#include "bench/load/options.h"
#include "bench/load/server_cost.h"
#include "bench/load/tally.h"

namespace antipode::bench {

/// What a run measured.
struct Report {
    Tally tally;
    double seconds = 0;
    double longest_gap_ms = 0;
    double client_cpu_seconds = 0;
    std::vector<ProcessCost>
        servers;  ///< What each used during the run; resident_bytes at its end.
};

[[nodiscard]] std::uint64_t succeeded(const Report& report);
[[nodiscard]] std::uint64_t failed(const Report& report);

[[nodiscard]] std::string to_json(const Report& report);
[[nodiscard]] std::string to_text(const Report& report);

}  // namespace antipode::bench
