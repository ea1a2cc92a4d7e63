#pragma once

#include <string_view>

#include "base/result.h"
#include "index/index_store.h"

namespace antipode::index {

inline constexpr std::size_t kPartitionIdBytesMax = 255;
/// What a stamped write adds to its key.
inline constexpr std::size_t kStampBytes = 8;

/// InvalidArgument for whatever the door refuses before it looks at any row, the same in every
/// engine.
Result<void> check_partition(const PartitionId& partition);
Result<void> check_commit(const PartitionId& partition, const Commit& change);
Result<void> check_scan(const PartitionId& partition, const ScanRange& range);

/// The key that a write has once its commit got `revision`.
std::string stamped_key(const Write& write, std::uint64_t revision);

/// The first row of a page lies at or above this key; the row `range.after` itself does not count.
std::string_view scan_start(const ScanRange& range);

}  // namespace antipode::index
