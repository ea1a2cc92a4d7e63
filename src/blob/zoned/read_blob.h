#pragma once

#include "blob/zoned/stripe_fetch.h"

namespace antipode::blob {

struct StripeRange {
    std::size_t stripe = 0;
    std::size_t offset = 0;
    std::size_t size = 0;
};

/// Reads part of a stripe: only the data blocks it needs, unless one of them is bad, missing or
/// slow; then it is decoded from others. Damage is noted for the healer.
Task<Result<Bytes>> read_stripe(Engine& engine,
                                std::shared_ptr<const OpenBlob> blob,
                                StripeRange range);

/// Reads `range` of the blob from its start to its end, fetching a few stripes ahead.
std::unique_ptr<ByteSource> make_blob_source(Engine& engine,
                                             std::shared_ptr<const OpenBlob> blob,
                                             ByteRange range);

}  // namespace antipode::blob
