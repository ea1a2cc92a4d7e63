#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/executor.h"
#include "sim/engines.h"

namespace antipode::sim {

struct SimulationOptions {
    std::uint64_t seed = 1;
    /// Simulated time under load and faults; then faults end, and the regions must become equal.
    runtime::Duration load = std::chrono::minutes(2);
    EngineKind engine = EngineKind::Memory;
    std::size_t regions = 2;  ///< 2 or 3: each replicates to every other.
    std::size_t clients_per_region = 3;
    std::size_t rule_makers = 2;      ///< Who make rules, and remove them, one after the other.
    bool has_long_line = true;        ///< Costs more than all else together (long_line.h).
    bool stops_at_violation = false;  ///< The first one ends the run.
};

struct SimulationReport {
    std::uint64_t trace_hash = 0;  ///< The same for the same seed, on any machine.
    std::vector<std::string> violations;
    std::map<std::string, std::uint64_t> counts;
    runtime::Duration simulated{};
    runtime::Duration first_violation{};  ///< When it was seen; zero = none was.
};

/// Regions under clients and faults, from one seed. Blocks.
SimulationReport simulate(const SimulationOptions& options);

}  // namespace antipode::sim
