#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "blob/zoned/geometry.h"

namespace antipode::blob {

/// What a block says it is; verified on every read, so that stale bytes of reused space, a
/// misdirected write and a replaced zone are all recognised.
struct BlockIdentity {
    std::uint64_t blob_id = 0;
    std::uint32_t stripe = 0;
    std::uint8_t shard = 0;
    std::uint8_t block = 0;

    bool operator==(const BlockIdentity&) const = default;
};

/// Writes the header of a block whose payload stands at block[kHeaderBytes...]; zeroes what follows
/// the payload.
void seal_block(MutableByteView block, const BlockIdentity& identity, std::size_t payload_bytes);

enum class BlockVerdict : std::uint8_t {
    Good,
    Bad,    ///< Not a block, or its checksum is wrong.
    Other,  ///< An intact block of something else: this space was reused (or never written by this
            ///< blob).
};

BlockVerdict check_block(ByteView block, const BlockIdentity& expected, std::size_t payload_bytes);

}  // namespace antipode::blob
