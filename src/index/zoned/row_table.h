#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "index/zoned/log_record.h"
#include "runtime/file_system.h"

namespace antipode::index {

/// How far the log is applied to the rows.
struct Applied {
    Lsn lsn = 0;
    std::uint64_t position = 0;  ///< Where the record after it starts.
    std::uint64_t epoch = 0;
};

/// What is kept of a partition besides its rows.
struct PartitionState {
    std::uint64_t revision = 0;
    std::uint64_t fence = 0;
};

/// Whether a read may go to the disk. From an executor: Memory, and where that is not enough, again
/// from a thread.
enum class ReadFrom : std::uint8_t { Memory, Disk };

/// How keys lie in a table.
std::string row_key(std::string_view partition, std::string_view key);
std::string partition_state_key(std::string_view partition);
Result<PartitionState> decode_partition_state(std::string_view value);
/// Where a table keeps how far the log is applied to it.
std::string_view applied_key();
/// Absent: nothing was applied yet.
Result<Applied> decode_applied(const std::optional<std::string>& value);
/// The first key that is greater than all with this prefix; empty when there is none.
std::string prefix_end(std::string prefix);

/// Takes what records do to the keys of a table. A key is `prefix` followed by `key`.
class RowSink {
  public:
    RowSink() = default;
    RowSink(const RowSink&) = delete;
    RowSink& operator=(const RowSink&) = delete;
    virtual ~RowSink() = default;

    virtual void put(std::string_view prefix, std::string_view key, std::string_view value) = 0;
    virtual void remove(std::string_view prefix, std::string_view key) = 0;
    /// All keys from `from` on that are less than `end`.
    virtual void remove_range(std::string_view from, std::string_view end) = 0;
};

/// The rows, the states of partitions and the place in the log after these records, of which there
/// is at least one.
void add_records(RowSink& sink, std::span<const std::shared_ptr<const LogRecord>> records);

/// Goes over the rows of a table in the order of their keys, as they were when the walk was made.
/// Ends before the table does. One thread at a time.
class RowWalk {
  public:
    RowWalk() = default;
    RowWalk(const RowWalk&) = delete;
    RowWalk& operator=(const RowWalk&) = delete;
    virtual ~RowWalk() = default;

    /// To the first key that is not less.
    virtual void seek(std::string_view key) = 0;
    virtual void next() = 0;
    /// False at the end and where it cannot go on; then status() and is_beyond_memory() tell why.
    [[nodiscard]] virtual bool is_at_row() const = 0;
    /// Good until it moves.
    [[nodiscard]] virtual std::string_view key() const = 0;
    [[nodiscard]] virtual std::string_view value() const = 0;
    [[nodiscard]] virtual Result<void> status() const = 0;
    /// Whether what comes next is on the disk, and this is a walk over memory.
    [[nodiscard]] virtual bool is_beyond_memory() const = 0;
};

/// The rows of one zone, without a log of their own. What is in it is always the state after some
/// record of the commit log, which it knows (applied). A crash takes what was not flushed.
/// Errors: Io, Corrupt. Threads: any.
class RowTable {
  public:
    RowTable() = default;
    RowTable(const RowTable&) = delete;
    RowTable& operator=(const RowTable&) = delete;
    virtual ~RowTable() = default;

    /// Applies records in order, all or none.
    virtual Result<void> apply(std::span<const std::shared_ptr<const LogRecord>> records) = 0;

    /// In memory or not.
    [[nodiscard]] virtual Result<Applied> applied() = 0;
    /// What would be there after a crash.
    [[nodiscard]] virtual Result<Applied> flushed() = 0;
    /// `wait`: until it is on the disk.
    virtual Result<void> flush(bool wait) = 0;

    /// Bytes of bodies that lie beside the tree, and how many of them nobody refers to any more.
    struct Bodies {
        std::uint64_t bytes = 0;
        std::uint64_t garbage = 0;
    };

    [[nodiscard]] virtual Bodies bodies() = 0;
    /// Writes the bodies that are left together and removes the rest. Takes as long as copying
    /// them; ends early, as a success, when `is_cancelled` becomes true.
    virtual Result<void> reclaim(std::atomic<bool>& is_cancelled) = 0;

    /// Absent rows give no value. With ReadFrom::Memory the outer optional is empty where memory
    /// does not tell.
    virtual Result<std::optional<std::optional<std::string>>> get(const std::string& key,
                                                                  ReadFrom from) = 0;

    /// Over all rows below `end` (empty = no end) as they are now; to be positioned.
    virtual std::unique_ptr<RowWalk> walk(std::string end, ReadFrom from) = 0;

    /// For filling another zone: all keys and values of one moment, at the first of them, and the
    /// other side of it.
    virtual std::unique_ptr<RowWalk> walk_all() = 0;
    using Row = std::pair<std::string, std::string>;
    virtual Result<void> put_all(std::span<const Row> rows) = 0;
    [[nodiscard]] virtual std::uint64_t estimated_bytes() = 0;
};

/// Opens the tables of the three zones, which share memory.
class RowTables {
  public:
    RowTables() = default;
    RowTables(const RowTables&) = delete;
    RowTables& operator=(const RowTables&) = delete;
    virtual ~RowTables() = default;

    /// Makes it when it is not there. `files` outlives the table.
    virtual Result<std::unique_ptr<RowTable>> open(runtime::FileSystem& files,
                                                   const std::string& directory) = 0;
};

}  // namespace antipode::index
