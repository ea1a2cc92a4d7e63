#pragma once

#include <array>
#include <cstddef>

#include "base/bytes.h"
#include "blob/zoned/geometry.h"

namespace antipode::blob {

/// Computes the two parity shards of four data shards, all of `size` bytes (a multiple of 64).
/// Systematic Reed-Solomon over GF(2^8) with a Cauchy matrix: any four of the six give the rest
/// (docs/formats/blob-segment.md has the matrix).
void encode_parity(const std::array<const std::byte*, kDataShards>& data,
                   const std::array<std::byte*, kParityShards>& parity,
                   std::size_t size);

/// Computes the shards with a place in `wanted` from those that are `present` (null = absent).
/// False when fewer than four are present; then nothing is written.
bool reconstruct(const std::array<const std::byte*, kShards>& present,
                 const std::array<std::byte*, kShards>& wanted,
                 std::size_t size);

}  // namespace antipode::blob
