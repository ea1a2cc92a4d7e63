#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/sim_executor.h"
#include "runtime/sim_host.h"
#include "sim/ledger.h"
#include "sim/region.h"

namespace antipode::sim {

inline constexpr std::size_t kRegionsMin = 2;
inline constexpr std::size_t kRegionsMax = 3;
/// Every region has these, with a rule to every other region.
inline constexpr const char* kVersionedBucket = "versioned";
inline constexpr const char* kPlainBucket = "plain";
inline constexpr std::array kMutualBuckets{kVersionedBucket, kPlainBucket};
/// From the first region to the second, and from there on to the first again: what arrives in the
/// middle is not sent on.
inline constexpr const char* kChainStart = "chain-start";
inline constexpr const char* kChainMiddle = "chain-middle";
inline constexpr const char* kChainEnd = "chain-end";
/// Buckets of rule_life.h, which judges them itself.
inline constexpr const char* kLifePrefix = "life-";

/// What clients, faults and checks share.
struct World {
    World(std::uint64_t seed, std::size_t region_count, EngineKind engine);

    [[nodiscard]] bool chance(double share) {
        return static_cast<double>(executor.random() >> 11U) * 0x1.0p-53 < share;
    }

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return executor.random() % bound; }

    /// Something that must never be was seen. Kept in the order found, at most kViolationsMax.
    void violation(std::string what);

    /// Nothing more is to be found out.
    [[nodiscard]] bool is_over() const { return stops_at_violation && !violations.empty(); }

    void count(const std::string& what) { ++counts[what]; }

    runtime::SimExecutor executor;
    runtime::SimThreads threads{executor};
    runtime::SimNetwork network;
    std::deque<Region> regions;  ///< Stay where they are.
    Ledger ledger;
    bool stops = false;               ///< Clients and faults end.
    bool stops_at_violation = false;  ///< They, and the checks, end with the first.
    std::uint64_t next_content = 1;
    std::uint64_t next_once = 0;
    std::set<std::string> created;  ///< Keys that were made on condition that they were not there.
    std::vector<std::string> violations;
    runtime::Duration first_violation{};
    std::map<std::string, std::uint64_t> counts;
};

}  // namespace antipode::sim
