#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/strong_id.h"
#include "runtime/task.h"

namespace antipode::index {

inline constexpr std::size_t kKeyBytesMax = 2000;
inline constexpr std::size_t kValueBytesMax = 64 * 1024;
inline constexpr std::size_t kCommitBytesMax = 1024 * 1024;

using PartitionId = StrongString<struct PartitionIdTag>;

/// Holds when the row has exactly these bytes; no value = when the row is absent.
struct Guard {
    std::string key;
    std::optional<std::string> expected;
};

/// No value = delete (of an absent row too). A stamped write gets the commit's revision, 8 bytes
/// big-endian, appended to its key: that is how change rows get a dense sequence without a counter
/// that every writer fights for.
struct Write {
    std::string key;
    std::optional<std::string> value;
    bool stamped = false;
};

struct Commit {
    std::uint64_t fence = 0;  ///< From acquire().
    std::vector<Guard> guards;
    std::vector<Write> writes;
};

struct Row {
    std::string key;
    std::string value;
};

struct ScanRange {
    std::string prefix;
    std::string after;  ///< Rows with key > after; empty = from the first row of the prefix.
    std::size_t limit = 1000;
    std::size_t bytes_max =
        4 * 1024 * 1024;  ///< The page ends early beyond it; at least one row is given.
};

struct ScanPage {
    std::vector<Row> rows;      ///< In key order (bytewise).
    bool is_truncated = false;  ///< More rows of the prefix follow the last one.
};

/// Ordered rows, grouped into partitions. The contract is what one RADOS object can do, so that no
/// engine pretends.
///
/// Promise: a commit is all or nothing, and once acknowledged survives the loss of one zone. Guards
/// and writes of one partition are linearizable. No promise across partitions. Reads see every
/// acknowledged commit and nothing that could still be lost. A scan page is consistent in itself,
/// pages are not with each other. Revisions of a partition start at 1 and grow by exactly one per
/// successful commit.
///
/// Errors: Conflict (a guard did not hold; nothing was written), Fenced (a later acquire() exists;
/// nothing was written, never retry), MaybeCommitted (unknown: read back, or repeat with the same
/// guards), Unavailable (fewer than two zones; nothing was written), InvalidArgument (sizes beyond
/// the limits above, an empty value). Threads: every method may be called from any executor.
/// Results own their bytes.
class IndexStore {
  public:
    IndexStore() = default;
    IndexStore(const IndexStore&) = delete;
    IndexStore& operator=(const IndexStore&) = delete;
    virtual ~IndexStore() = default;

    /// Takes ownership of the partition (created when new): returns a fence greater than all
    /// before.
    virtual Task<Result<std::uint64_t>> acquire(PartitionId partition) = 0;
    /// Returns the revision of this commit.
    virtual Task<Result<std::uint64_t>> commit(PartitionId partition, Commit change) = 0;
    /// One entry per key, in the order of `keys`, all of one moment.
    virtual Task<Result<std::vector<std::optional<std::string>>>> get(
        PartitionId partition, std::vector<std::string> keys) = 0;
    virtual Task<Result<ScanPage>> scan(PartitionId partition, ScanRange range) = 0;
    /// Revision of the last acknowledged commit; 0 for a new partition.
    virtual Task<Result<std::uint64_t>> revision(PartitionId partition) = 0;
    /// Removes the partition with all rows. Idempotent. Revisions of a partition re-created later
    /// go on, not restart.
    virtual Task<Result<void>> drop(PartitionId partition, std::uint64_t fence) = 0;
};

}  // namespace antipode::index
