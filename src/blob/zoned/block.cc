#include "blob/zoned/block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/mutant.h"

namespace antipode::blob {

namespace {

// docs/formats/blob-segment.md. Little-endian; the checksum covers everything from magic to the end
// of the payload.
struct Header {
    std::uint32_t crc32c;
    std::uint32_t magic;
    std::uint64_t blob_id;
    std::uint32_t stripe;
    std::uint8_t shard;
    std::uint8_t block;
    std::uint16_t version;
    std::uint32_t payload_bytes;
    std::uint32_t zero[9];
};

static_assert(sizeof(Header) == kHeaderBytes);
static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kMagic = 0x424B5041;  // "APKB"
constexpr std::uint16_t kVersion = 1;

std::uint32_t checksum(ByteView block, std::size_t payload_bytes) {
    return crc32c(block.subspan(sizeof(Header::crc32c),
                                kHeaderBytes - sizeof(Header::crc32c) + payload_bytes));
}

}  // namespace

void seal_block(MutableByteView block, const BlockIdentity& identity, std::size_t payload_bytes) {
    CHECK(kHeaderBytes + payload_bytes <= block.size());
    Header header{};
    header.magic = kMagic;
    header.blob_id = identity.blob_id;
    header.stripe = identity.stripe;
    header.shard = identity.shard;
    header.block = identity.block;
    header.version = kVersion;
    header.payload_bytes = static_cast<std::uint32_t>(payload_bytes);
    std::memcpy(block.data(), &header, sizeof header);
    header.crc32c = checksum(block, payload_bytes);
    std::memcpy(block.data(), &header, sizeof header.crc32c);
    std::ranges::fill(block.subspan(kHeaderBytes + payload_bytes), std::byte{0});
}

BlockVerdict check_block(ByteView block, const BlockIdentity& expected, std::size_t payload_bytes) {
    if (block.size() < kHeaderBytes) {
        return BlockVerdict::Bad;
    }
    Header header{};
    std::memcpy(&header, block.data(), sizeof header);
    if (header.magic != kMagic || header.version != kVersion ||
        header.payload_bytes > block.size() - kHeaderBytes ||
        (header.crc32c != checksum(block, header.payload_bytes) &&
         !is_planted(Mutant::WrongBytesAreBelieved))) {
        return BlockVerdict::Bad;
    }
    const BlockIdentity found{header.blob_id, header.stripe, header.shard, header.block};
    return found == expected && header.payload_bytes == payload_bytes ? BlockVerdict::Good
                                                                      : BlockVerdict::Other;
}

}  // namespace antipode::blob
