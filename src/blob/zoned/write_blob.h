#pragma once

#include "blob/blob_store.h"
#include "blob/zoned/engine.h"

namespace antipode::blob {

/// Reads `body` to its end, stripe by stripe, and writes it; durable when it returns. Some stripes
/// are under way while the next is read.
Task<Result<WrittenBlob>> write_blob(Engine& engine, ByteSource& body, BlobHint hint);

}  // namespace antipode::blob
