#pragma once

#include <memory>

#include "blob/blob_store.h"
#include "catalog/catalog.h"
#include "object/bucket_service.h"
#include "object/object_service.h"
#include "sealing/key_source.h"

namespace antipode::object {

/// The services over a catalog, a blob store and master keys, which outlive them. Without keys
/// nothing can be encrypted (NotImplemented).
std::unique_ptr<ObjectService> make_object_service(catalog::Catalog& catalog,
                                                   blob::BlobStore& blobs,
                                                   sealing::KeySource* keys = nullptr);
std::unique_ptr<BucketService> make_bucket_service(catalog::Catalog& catalog,
                                                   const sealing::KeySource* keys = nullptr);

}  // namespace antipode::object
