#pragma once

#include <string>

#include "base/result.h"
#include "blob/blob_store.h"
#include "catalog/partition.h"
#include "catalog/stored_version.h"
#include "catalog/version_table.h"
#include "runtime/task.h"

/// Giving bytes back. Pieces named by a version's own row go with the row; part rows can be many,
/// so a commit that drops a manifest leaves a garbage row (an intent), and the part rows are
/// removed in steps that may be repeated.
namespace antipode::catalog {

/// The intent: "the parts of this manifest are to be removed".
index::Write garbage_row(const std::string& manifest_id);

/// Frees the blobs of `freed` (their version rows are gone) and removes part rows of manifests.
Task<Result<void>> reap_bodies(Partition& partition, blob::BlobStore& blobs, FreedBodies freed);

/// Ends what a crash left: every garbage row of the partition.
Task<Result<void>> reap_leftovers(Partition& partition, blob::BlobStore& blobs);

}  // namespace antipode::catalog
