#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/units.h"
#include "zone/zone_set.h"

// The arithmetic of docs/formats/blob-segment.md: stripe -> shards -> blocks -> pages.
namespace antipode::blob {

inline constexpr std::size_t kDataShards = 4;
inline constexpr std::size_t kParityShards = 2;
inline constexpr std::size_t kShards = kDataShards + kParityShards;
inline constexpr std::size_t kShardsPerZone = 2;
inline constexpr std::size_t kZones = zone::kZones;
/// No zone: of a stripe that all three zones hold.
inline constexpr std::uint8_t kNoZone = 3;

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kBlockBytesMax = 64 * kKiB;
inline constexpr std::size_t kHeaderBytes = 64;
inline constexpr std::size_t kPayloadBytesMax = kBlockBytesMax - kHeaderBytes;
inline constexpr std::size_t kStripeBytes = kMiB;
inline constexpr std::size_t kShardPayloadMax = kStripeBytes / kDataShards;
inline constexpr std::size_t kBlocksMax =
    (kShardPayloadMax + kPayloadBytesMax - 1) / kPayloadBytesMax;

// The loss of one zone must leave enough shards; a lone zone of a stripe written without another
// zone as well.
static_assert(kShardsPerZone * kZones == kShards);
static_assert(kShards - kShardsPerZone >= kDataShards);
static_assert(2 * kShardsPerZone >= kDataShards);

/// The sizes of every shard of a stripe that holds `stripe_bytes` (1 to kStripeBytes) of the blob.
class ShardShape {
  public:
    explicit constexpr ShardShape(std::size_t stripe_bytes)
        : payload_((((stripe_bytes + kDataShards - 1) / kDataShards) + kGrain - 1) / kGrain *
                   kGrain),
          blocks_((payload_ + kPayloadBytesMax - 1) / kPayloadBytesMax) {}

    /// Bytes of the blob (or of parity) in one shard; the end of the last data shards may be zero
    /// padding.
    [[nodiscard]] constexpr std::size_t payload() const { return payload_; }

    [[nodiscard]] constexpr std::size_t blocks() const { return blocks_; }

    [[nodiscard]] constexpr std::size_t block_payload(std::size_t block) const {
        return std::min(kPayloadBytesMax, payload_ - (block * kPayloadBytesMax));
    }

    /// On disk, header and padding to a page included.
    [[nodiscard]] constexpr std::size_t block_disk_bytes(std::size_t block) const {
        return (kHeaderBytes + block_payload(block) + kPageBytes - 1) / kPageBytes * kPageBytes;
    }

    [[nodiscard]] static constexpr std::size_t block_offset(std::size_t block) {
        return block * kBlockBytesMax;
    }

    [[nodiscard]] constexpr std::size_t disk_bytes() const {
        return block_offset(blocks_ - 1) + block_disk_bytes(blocks_ - 1);
    }

    /// What one zone holds of a stripe: two shards, one behind the other.
    [[nodiscard]] constexpr std::size_t zone_bytes() const { return kShardsPerZone * disk_bytes(); }

    [[nodiscard]] constexpr std::uint32_t zone_pages() const {
        return static_cast<std::uint32_t>(zone_bytes() / kPageBytes);
    }

  private:
    /// Shards are a multiple of this, so that the coding loops never have a ragged end.
    static constexpr std::size_t kGrain = 64;

    std::size_t payload_;
    std::size_t blocks_;
};

inline constexpr std::uint32_t kStripePagesMax = ShardShape(kStripeBytes).zone_pages();

/// Shards 2g and 2g+1 form group g (0 and 1 data, 2 parity). Groups rotate over the zones from
/// stripe to stripe, so that reads, which want only data, use all three.
constexpr std::size_t zone_of_group(std::uint64_t blob_id,
                                    std::uint64_t stripe,
                                    std::size_t group) {
    return (group + ((blob_id + stripe) % kZones)) % kZones;
}

constexpr std::size_t group_of_zone(std::uint64_t blob_id, std::uint64_t stripe, std::size_t zone) {
    return (zone + kZones - ((blob_id + stripe) % kZones)) % kZones;
}

}  // namespace antipode::blob
