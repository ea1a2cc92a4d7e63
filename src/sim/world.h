#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "runtime/sim_executor.h"
#include "runtime/sim_host.h"
#include "sim/ledger.h"
#include "sim/region.h"

namespace antipode::sim {

inline constexpr std::size_t kRegionsMin = 2;
inline constexpr std::size_t kRegionsMax = 3;
/// Every region has both buckets, with a rule to every other region.
inline constexpr const char* kVersionedBucket = "versioned";
inline constexpr const char* kPlainBucket = "plain";

/// What clients, faults and checks share.
struct World {
    World(std::uint64_t seed, std::size_t region_count);

    [[nodiscard]] bool chance(double share) {
        return static_cast<double>(executor.random() >> 11U) * 0x1.0p-53 < share;
    }

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return executor.random() % bound; }

    /// Something that must never be was seen. Kept in the order found, at most kViolationsMax.
    void violation(std::string what);

    void count(const std::string& what) { ++counts[what]; }

    runtime::SimExecutor executor;
    runtime::SimNetwork network;
    std::deque<Region> regions;  ///< Stay where they are.
    Ledger ledger;
    bool stops = false;  ///< Clients and faults end.
    std::uint64_t next_content = 1;
    std::vector<std::string> violations;
    std::map<std::string, std::uint64_t> counts;
};

}  // namespace antipode::sim
