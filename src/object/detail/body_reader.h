#pragma once

#include <memory>

#include "base/units.h"
#include "blob/blob_store.h"
#include "catalog/catalog.h"
#include "catalog/stored_version.h"
#include "runtime/byte_source.h"
#include "sealing/key_source.h"

namespace antipode::object {

/// The plain bytes `range` of a body, read lazily. The bucket is kept open while the source lives;
/// `keys` (null when the region has none) open what is sealed.
std::unique_ptr<ByteSource> read_body(std::shared_ptr<catalog::OpenBucket> bucket,
                                      blob::BlobStore& blobs,
                                      sealing::KeySource* keys,
                                      catalog::Body body,
                                      ByteRange range);

}  // namespace antipode::object
