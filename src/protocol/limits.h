#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/units.h"

/// Chosen maxima of both dialects, in one place.
namespace antipode::protocol {

/// Bodies that are read into memory: XML, policies, configurations. A DeleteObjects of 1,000 keys
/// of 1,024 escaped bytes and a CompleteMultipartUpload of 10,000 parts with checksums both fit.
inline constexpr std::size_t kXmlBodyBytesMax = 2 * kMiB;
inline constexpr std::uint64_t kPutBytesMax = 5 * kGiB;
inline constexpr std::uint32_t kPartNumberMax = 10'000;
inline constexpr std::size_t kListKeysMax = 1000;
inline constexpr std::size_t kDeleteKeysMax = 1000;
/// How far a signed request's time may be from ours.
inline constexpr std::chrono::minutes kClockSkewMax{15};
inline constexpr std::chrono::seconds kPresignedLifeMax{604'800};

}  // namespace antipode::protocol
