#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace antipode::replication {

inline constexpr int kPriorityMax = 9;
inline constexpr std::int64_t kThresholdDefaultMs = 10 * 60 * 1000;

/// What an operator has set for a rule; kept with the region's settings, because the rule itself is
/// what its owner wrote.
struct RuleLimits {
    std::uint64_t bytes_per_second = 0;  ///< 0 = no limit.
    int priority = 0;                    ///< 0 to kPriorityMax; higher goes first on the link.
    /// A change that is not there after it is late (an event).
    std::int64_t threshold_ms = kThresholdDefaultMs;

    bool operator==(const RuleLimits&) const = default;
};

/// InvalidArgument: a bandwidth below kBandwidthMin, a priority beyond kPriorityMax, a threshold of
/// less than a second.
Result<void> check(const RuleLimits& limits);
/// Of a link: only its bandwidth.
Result<void> check_bandwidth(std::uint64_t bytes_per_second);

std::string rule_limits_setting(std::string_view bucket_id, std::string_view rule_id);
std::string link_limit_setting(std::string_view region);
std::string encode(const RuleLimits& limits);
Result<RuleLimits> decode_limits(std::string_view value);

}  // namespace antipode::replication
