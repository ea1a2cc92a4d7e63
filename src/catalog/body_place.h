#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "base/units.h"
#include "catalog/partition.h"
#include "catalog/stored_version.h"
#include "runtime/task.h"

/// From bytes to the object that they belong to, and the exchange of bytes that are lost for the
/// same bytes elsewhere.
namespace antipode::catalog {

/// The bytes that one row of a bucket names, in words that outlive the moves of that row.
struct BodyPlace {
    std::string bucket;
    std::string bucket_id;
    /// Empty: of a part whose version or upload is not known (yet): find_keys().
    std::string key;
    VersionOrder order;       ///< No clock: of an upload that was not completed.
    bool is_null = false;     ///< The null version, whatever its order is by now (appends).
    std::string manifest_id;  ///< Empty: what the version's own row names.
    std::uint32_t part = 0;   ///< Number in the manifest.

    [[nodiscard]] bool is_part() const { return !manifest_id.empty(); }

    /// No version has these bytes yet.
    [[nodiscard]] bool is_of_upload() const { return order.hlc == 0; }

    bool operator==(const BodyPlace&) const = default;
};

void write_place(RecordWriter& out, const BodyPlace& place);
BodyPlace read_place(RecordReader& in);

/// The key and version (or upload) of parts that are known by their manifest only: one walk over
/// the bucket for all of them. What is not found stays as it is.
Task<Result<void>> find_keys(Partition& partition, std::vector<BodyPlace>& places);

/// What a row names now.
struct PlacedBody {
    ObjectVersion version;  ///< Of an upload that was not completed: nothing.
    std::vector<Piece> pieces;
    ByteRange range;  ///< Of the version's plain bytes.
    /// Of exactly these bytes; absent where only a digest of the whole version is known.
    std::optional<std::uint64_t> crc64;
    std::string etag;  ///< Of exactly these bytes; empty where it is not known.
};

/// Nothing when it is not there (any more).
Task<Result<std::optional<PlacedBody>>> find_body(Partition& partition, BodyPlace place);

struct BodyExchange {
    BodyPlace place;
    std::vector<Piece> from;
    std::vector<Piece> to;
    std::vector<index::Write> data_rows;  ///< Of small pieces of `to`.
};

/// Names other pieces with the same bytes. Everything else of the version stays as it is, and no
/// change row is written: nothing that anybody can see has changed. False: the row names something
/// else by now, or is gone.
Task<Result<bool>> exchange_body(Partition& partition, BodyExchange exchange);

}  // namespace antipode::catalog
