#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/version_order.h"

/// Keys of the rows of a bucket's partition (docs/formats/rows.md). Object keys hold no NUL, so one
/// NUL ends them and bytewise order of rows is bytewise order of keys.
namespace antipode::catalog::rows {

/// Latest version of a key (may be a marker).
std::string head(std::string_view key);
inline constexpr std::string_view kHeads{"h\0", 2};
/// Older versions of a key, newest first.
std::string older(std::string_view key, const VersionOrder& order);
std::string older_prefix(std::string_view key);
inline constexpr std::string_view kOlder{"v\0", 2};
/// The key part of a head or older row's key.
std::string_view key_of(std::string_view row_key);
/// Order of the null version of a key while it is an older one.
std::string null_pointer(std::string_view key);
/// A removed version that must not come back; `null_tombstone` for the null version.
std::string tombstone(std::string_view key, const VersionOrder& order);
std::string null_tombstone(std::string_view key);
/// Bytes of a small piece.
std::string data(std::string_view data_id);
inline constexpr std::string_view kUploads{"u\0", 2};
std::string upload(std::string_view key, std::string_view upload_id);
std::string part(std::string_view manifest_id, std::uint32_t number);
std::string parts_prefix(std::string_view manifest_id);
inline constexpr std::string_view kParts{"p\0", 2};
/// Stamped by the engine with the revision.
inline constexpr std::string_view kChanges{"c\0", 2};
std::string change(std::uint64_t revision);
inline constexpr std::string_view kTotals{"k\0", 2};
/// Replication's own rows: cursors, exceptions.
std::string replication(std::string_view rest);

// Root partition.
inline constexpr std::string_view kRootPartition = "root";
inline constexpr std::string_view kBuckets{"b\0", 2};
std::string bucket(std::string_view name);
inline constexpr std::string_view kSettings{"s\0", 2};
std::string setting(std::string_view name);
/// Pieces of the lifecycle rules of a bucket, in order (lifecycle_rows.h).
inline constexpr std::string_view kLifecycles{"l\0", 2};
std::string lifecycle(std::string_view bucket_id, std::uint64_t number);
/// Which bucket such a row belongs to.
std::string_view bucket_id_of(std::string_view row_key);

}  // namespace antipode::catalog::rows
