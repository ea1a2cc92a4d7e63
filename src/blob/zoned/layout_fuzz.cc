#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "blob/zoned/blob_layout.h"
#include "blob/zoned/block.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

/// A ref is written in one way only (it is compared bytewise), names each stripe, and no place in
/// it overflows.
void check_ref(std::string bytes) {
    const auto layout = blob::decode_ref(blob::BlobRef(std::move(bytes)));
    if (!layout) {
        return;
    }
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < layout->stripes.size(); ++i) {
        const blob::StripePlace& stripe = layout->stripes[i];
        size += layout->stripe_bytes(i);
        CHECK(stripe.main.end() > stripe.main.page);
        CHECK(stripe.missing == blob::kNoZone || stripe.extra.end() > stripe.extra.page);
    }
    CHECK(size == layout->size);
    for (const blob::PageRange& range : layout->ranges()) {
        CHECK(range.end() > range.page);
    }
    const blob::BlobRef once = encode_ref(*layout);
    const auto again = blob::decode_ref(once);
    CHECK(again && encode_ref(*again).encoded() == once.encoded());
    CHECK(again->is_degraded() == layout->is_degraded() && again->ranges() == layout->ranges());
}

/// Bytes off a disk are no block by chance; the block that was written is, until a bit of it
/// changes.
void check_blocks(ByteView bytes) {
    const blob::BlockIdentity identity{.blob_id = 7, .stripe = 1, .shard = 2, .block = 3};
    static_cast<void>(check_block(bytes, identity, bytes.size()));
    Bytes block(blob::kHeaderBytes + bytes.size() + 1);
    std::ranges::copy(bytes, block.begin() + blob::kHeaderBytes);
    seal_block(block, identity, bytes.size());
    CHECK(check_block(block, identity, bytes.size()) == blob::BlockVerdict::Good);
    CHECK(check_block(block, identity, bytes.size() + 1) != blob::BlockVerdict::Good);
    const std::size_t changed = bytes.size() * 31 % (blob::kHeaderBytes + bytes.size());
    block[changed] ^= std::byte{1};
    CHECK(check_block(block, identity, bytes.size()) == blob::BlockVerdict::Bad);
}

}  // namespace

/// Any bytes as the reference to a blob, and as what a disk gives back for a block.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_ref(std::string(reinterpret_cast<const char*>(data), size));
    check_blocks(std::as_bytes(std::span(data, size)));
    return 0;
}
