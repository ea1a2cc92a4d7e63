#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace antipode {

/// Hybrid logical clock: milliseconds of civil time in the upper 48 bits, a counter in the
/// lower 16. Kulkarni et al., "Logical Physical Clocks" (2014).
using Hlc = std::uint64_t;

constexpr Hlc hlc_from_ms(std::int64_t ms) {
    return static_cast<Hlc>(ms) << 16U;
}

constexpr std::int64_t ms_from_hlc(Hlc hlc) {
    return static_cast<std::int64_t>(hlc >> 16U);
}

/// Names one version of a key for ever and everywhere, and says which of two versions is the later
/// one: first by clock, then by the region it was written in. Both sides of a pair decide the same
/// way (promise 7).
struct VersionOrder {
    Hlc hlc = 0;
    std::string origin;  ///< Region id: "cn-hangzhou".

    auto operator<=>(const VersionOrder&) const = default;
};

inline constexpr std::string_view kNullVersionId = "null";

/// The version id that clients see: opaque, URL-safe, reversible.
std::string to_version_id(const VersionOrder& order);

/// InvalidArgument when it is not an id that to_version_id makes ("null" is not: callers treat it
/// before).
Result<VersionOrder> parse_version_id(std::string_view id);

}  // namespace antipode
