#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/units.h"
#include "crypto/aes_gcm.h"
#include "runtime/byte_source.h"

/// Bodies sealed in chunks, so that any range opens without the rest
/// (docs/formats/sealed-bytes.md). The nonce of a chunk is its number and whether it is the last:
/// chunks that are flipped, swapped, dropped or cut off do not open. A key must seal one body only.
namespace antipode::sealing {

inline constexpr std::size_t kSealedChunkPlainBytes = 64 * 1024;

/// What a body of `plain` bytes takes when it is sealed. An empty one takes a tag.
[[nodiscard]] std::uint64_t sealed_size(std::uint64_t plain);

/// Seals what `inner` (which outlives it) gives.
std::unique_ptr<ByteSource> seal(ByteSource& inner, const crypto::AesKey& key);

/// Which bytes of the sealed body open_sealed() needs for `range` of a plain body of `plain_size`.
[[nodiscard]] ByteRange sealed_range(std::uint64_t plain_size, ByteRange range);

/// The bytes `range` of the plain body; `sealed` gives exactly sealed_range(). Corrupt when they
/// are not what was sealed with `key`; no byte of a chunk is given before the whole of it has been
/// checked.
std::unique_ptr<ByteSource> open_sealed(std::unique_ptr<ByteSource> sealed,
                                        const crypto::AesKey& key,
                                        std::uint64_t plain_size,
                                        ByteRange range);

}  // namespace antipode::sealing
