#include "blob/zoned/blob_layout.h"

#include <algorithm>

#include "base/record.h"

namespace antipode::blob {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint32_t kMissingBits = 2;
/// Far above the largest part (5 GiB) and far below where the arithmetic could overflow.
constexpr std::uint64_t kBlobBytesMax = 64 * kGiB;

void append(std::vector<PageRange>& ranges, const PageRange& next) {
    if (!ranges.empty() && ranges.back().segment == next.segment &&
        ranges.back().end() == next.page) {
        ranges.back().pages += next.pages;
    } else {
        ranges.push_back(next);
    }
}

bool continues(const StripePlace& before, const StripePlace& next) {
    const bool main =
        before.main.segment == next.main.segment && before.main.end() == next.main.page;
    const bool extra = next.missing == kNoZone || (before.extra.segment == next.extra.segment &&
                                                   before.extra.end() == next.extra.page);
    return main && extra && before.missing == next.missing;
}

PageRange place(std::uint64_t segment, std::uint64_t page, std::uint32_t pages) {
    return {static_cast<std::uint32_t>(segment), static_cast<std::uint32_t>(page), pages};
}

/// One extent: consecutive stripes in consecutive places. False when the ref makes no sense.
bool decode_extent(RecordReader& reader, BlobLayout& layout, std::size_t stripe_count) {
    const std::uint64_t stripes = reader.varint();
    const std::uint64_t segment_and_missing = reader.varint();
    std::uint64_t page = reader.varint();
    const auto missing =
        static_cast<std::uint8_t>(segment_and_missing & ((1U << kMissingBits) - 1));
    const std::uint64_t segment = segment_and_missing >> kMissingBits;
    const std::uint64_t extra_segment = missing == kNoZone ? 0 : reader.varint();
    std::uint64_t extra_page = missing == kNoZone ? 0 : reader.varint();
    if (!reader.ok() || stripes == 0 || stripes > stripe_count - layout.stripes.size() ||
        segment > UINT32_MAX || extra_segment > UINT32_MAX) {
        return false;
    }
    for (std::uint64_t i = 0; i < stripes; ++i) {
        const std::uint32_t pages = layout.shape(layout.stripes.size()).zone_pages();
        if (page > UINT32_MAX - pages || extra_page > UINT32_MAX - pages) {
            return false;
        }
        StripePlace& stripe = layout.stripes.emplace_back();
        stripe.main = place(segment, page, pages);
        stripe.missing = missing;
        page += pages;
        if (missing != kNoZone) {
            stripe.extra = place(extra_segment, extra_page, pages);
            extra_page += pages;
        }
    }
    return true;
}

}  // namespace

bool BlobLayout::is_degraded() const {
    return std::ranges::any_of(stripes,
                               [](const StripePlace& stripe) { return stripe.missing != kNoZone; });
}

std::vector<PageRange> BlobLayout::ranges() const {
    std::vector<PageRange> all;
    for (const StripePlace& stripe : stripes) {
        append(all, stripe.main);
    }
    for (const StripePlace& stripe : stripes) {
        if (stripe.missing != kNoZone) {
            append(all, stripe.extra);
        }
    }
    return all;
}

BlobRef encode_ref(const BlobLayout& layout) {
    RecordWriter writer;
    writer.u8(kVersion);
    writer.u64(layout.id);
    writer.varint(layout.size);
    const std::vector<StripePlace>& stripes = layout.stripes;
    for (std::size_t first = 0; first < stripes.size();) {
        std::size_t end = first + 1;
        while (end < stripes.size() && continues(stripes[end - 1], stripes[end])) {
            ++end;
        }
        const StripePlace& start = stripes[first];
        writer.varint(end - first);
        writer.varint((std::uint64_t{start.main.segment} << kMissingBits) | start.missing);
        writer.varint(start.main.page);
        if (start.missing != kNoZone) {
            writer.varint(start.extra.segment);
            writer.varint(start.extra.page);
        }
        first = end;
    }
    return BlobRef(writer.take());
}

Result<BlobLayout> decode_ref(const BlobRef& ref) {
    RecordReader reader(ref.encoded());
    BlobLayout layout;
    if (reader.u8() != kVersion) {
        return fail(ErrorCode::Corrupt, "a blob reference of an unknown version");
    }
    layout.id = reader.u64();
    layout.size = reader.varint();
    if (!reader.ok() || layout.size > kBlobBytesMax) {
        return fail(ErrorCode::Corrupt, "a blob reference is damaged");
    }
    const auto stripe_count =
        static_cast<std::size_t>((layout.size + kStripeBytes - 1) / kStripeBytes);
    while (layout.stripes.size() < stripe_count) {
        if (!decode_extent(reader, layout, stripe_count)) {
            return fail(ErrorCode::Corrupt, "a blob reference is damaged");
        }
    }
    TRY_VOID(reader.finish("a blob reference"));
    return layout;
}

}  // namespace antipode::blob
