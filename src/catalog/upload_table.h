#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/partition.h"
#include "catalog/stored_version.h"
#include "catalog/version_table.h"
#include "runtime/task.h"

/// Multipart uploads. The parts of an upload become, untouched, the manifest of the version that
/// Complete makes.
///
/// Complete marks the upload row first (`completing_run`), so that no part can change between the
/// look at the parts and the commit. A mark of an earlier run of the process does not count: that
/// Complete died.
namespace antipode::catalog {

Task<Result<void>> create_upload(Partition& partition, MultipartUpload upload);

struct FoundUpload {
    StoredUpload stored;
    std::string row;  ///< For guards.
};

/// NoSuchUpload when there is none.
Task<Result<FoundUpload>> find_upload(Partition& partition, std::string key, std::string upload_id);

struct PutPart {
    FoundUpload upload;
    StoredPart part;
    std::vector<index::Write> data_rows;  ///< Of inline pieces.
    std::string run_id;
};

/// Replaces a part of the same number. NoSuchUpload when the upload has ended or is being
/// completed.
Task<Result<FreedBodies>> put_part(Partition& partition, PutPart request);

/// In order of their numbers, after `after`, at most `limit`.
struct PartsPage {
    std::vector<StoredPart> parts;
    bool is_truncated = false;
};

Task<Result<PartsPage>> scan_parts(Partition& partition,
                                   std::string manifest_id,
                                   std::uint32_t after,
                                   std::size_t limit);

/// Marks the upload; returns it as marked. Any number of times.
Task<Result<FoundUpload>> begin_complete(Partition& partition,
                                         FoundUpload upload,
                                         std::string run_id);
/// Takes the mark back after a Complete that was refused.
Task<Result<void>> cancel_complete(Partition& partition, FoundUpload marked);
/// What the commit of the new version takes along: the upload's end. Parts that are not in the
/// version are dropped by drop_parts beforehand.
Companions end_of_upload(const FoundUpload& marked);
Task<Result<void>> drop_parts(Partition& partition,
                              std::string manifest_id,
                              std::vector<StoredPart> parts,
                              FreedBodies& freed);

/// Ends the upload; its parts become garbage. NoSuchUpload.
Task<Result<FreedBodies>> abort_upload(Partition& partition, FoundUpload upload);

struct UploadsPage {
    std::vector<MultipartUpload> uploads;  ///< By key, then by upload id.
    bool is_truncated = false;
};

/// Behind (key, upload_id); an empty upload_id = behind all of the key.
Task<Result<UploadsPage>> scan_uploads(Partition& partition,
                                       std::string prefix,
                                       std::string after_key,
                                       std::string after_upload_id,
                                       std::size_t limit);

}  // namespace antipode::catalog
