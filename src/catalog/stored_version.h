#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "blob/blob_store.h"
#include "model/object_version.h"

namespace antipode::catalog {

/// A run of bytes of one body: in a row of its own (`data_id`), or in a blob.
struct Piece {
    std::uint64_t size_bytes = 0;
    std::string data_id;
    blob::BlobRef blob;
    /// Not empty: what is stored is sealed, and this holds the key (sealing/envelope.h).
    /// `size_bytes` is of the plain bytes.
    std::string envelope = {};

    [[nodiscard]] bool is_inline() const { return !data_id.empty(); }

    bool operator==(const Piece&) const = default;
};

/// Where the bytes of a version are in this region: first the pieces of the part rows of
/// `manifest_id` in the order of their numbers, then `pieces`.
struct Body {
    std::string manifest_id;
    std::vector<Piece> pieces;

    bool operator==(const Body&) const = default;
};

struct StoredVersion {
    ObjectVersion version;
    Body body;
    /// Region that it arrived from by replication; empty for what a client wrote here. Such
    /// versions are not sent on.
    std::string arrived_from;
};

struct StoredPart {
    UploadPart part;
    std::vector<Piece> pieces;
};

struct StoredUpload {
    MultipartUpload upload;
    /// Process run in which a Complete is under way; empty when none is. See upload_table.h.
    std::string completing_run;
};

}  // namespace antipode::catalog
