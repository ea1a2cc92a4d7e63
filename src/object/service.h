#pragma once

#include <memory>

#include "blob/blob_store.h"
#include "catalog/catalog.h"
#include "object/bucket_service.h"
#include "object/object_service.h"

namespace antipode::object {

/// The services over a catalog and a blob store, which outlive them.
std::unique_ptr<ObjectService> make_object_service(catalog::Catalog& catalog,
                                                   blob::BlobStore& blobs);
std::unique_ptr<BucketService> make_bucket_service(catalog::Catalog& catalog);

}  // namespace antipode::object
