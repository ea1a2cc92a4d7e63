#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "blob/blob_store.h"
#include "blob/zoned/geometry.h"

namespace antipode::blob {

/// A run of pages of one segment; the same place in every zone (docs/decisions: one space map for
/// three zones).
struct PageRange {
    std::uint32_t segment = 0;
    std::uint32_t page = 0;
    std::uint32_t pages = 0;

    [[nodiscard]] std::uint32_t end() const { return page + pages; }

    [[nodiscard]] std::uint64_t offset() const { return std::uint64_t{page} * kPageBytes; }

    auto operator<=>(const PageRange&) const = default;
};

/// Where one stripe is. Zone z holds its own two shards in `main`. When a zone did not take the
/// stripe (`missing`), both others hold the shards of that zone in `extra` as well, so that either
/// of them alone has four.
struct StripePlace {
    PageRange main;
    PageRange extra;
    std::uint8_t missing = kNoZone;
};

/// What a BlobRef says (docs/formats/blob-ref.md).
struct BlobLayout {
    std::uint64_t id = 0;
    std::uint64_t size = 0;
    std::vector<StripePlace> stripes;

    [[nodiscard]] std::size_t stripe_bytes(std::size_t stripe) const {
        return static_cast<std::size_t>(
            std::min<std::uint64_t>(kStripeBytes, size - (stripe * kStripeBytes)));
    }

    [[nodiscard]] ShardShape shape(std::size_t stripe) const {
        return ShardShape(stripe_bytes(stripe));
    }

    /// Some stripe was written without one of the zones.
    [[nodiscard]] bool is_degraded() const;
    /// Everything the blob occupies, neighbours merged.
    [[nodiscard]] std::vector<PageRange> ranges() const;
};

BlobRef encode_ref(const BlobLayout& layout);
/// Corrupt when the bytes are not a ref of this engine.
Result<BlobLayout> decode_ref(const BlobRef& ref);

}  // namespace antipode::blob
