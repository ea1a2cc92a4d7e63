#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/write_buffer_manager.h>

#include "base/result.h"
#include "index/index_store.h"
#include "index/zoned/log_record.h"
#include "index/zoned/rocks_file_system.h"

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

/// Memory that the databases of the three zones share.
struct RowsMemory {
    std::shared_ptr<rocksdb::Cache> cache;
    std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

RowsMemory make_rows_memory(std::size_t cache_bytes, std::size_t write_buffer_bytes);

/// Whether a read may go to the disk. From an executor: Memory, and where that is not enough, again
/// from a thread.
enum class ReadFrom : std::uint8_t { Memory, Disk };

/// How keys lie in the database.
std::string row_key(std::string_view partition, std::string_view key);
std::string partition_state_key(std::string_view partition);
Result<PartitionState> decode_partition_state(std::string_view value);
/// The first key that is greater than all with this prefix; empty when there is none.
std::string prefix_end(std::string prefix);

/// The rows of one zone: a RocksDB without a log of its own. What is in it is always the state
/// after some record of the commit log, which it knows (applied).
class RowsDatabase {
  public:
    /// `files` outlives the database.
    static Result<std::unique_ptr<RowsDatabase>> open(runtime::FileSystem& files,
                                                      const std::string& directory,
                                                      const RowsMemory& memory);
    ~RowsDatabase();
    RowsDatabase(const RowsDatabase&) = delete;
    RowsDatabase& operator=(const RowsDatabase&) = delete;

    /// Applies records in order, all or none.
    Result<void> apply(std::span<const std::shared_ptr<const LogRecord>> records);

    /// In memory or not.
    [[nodiscard]] Result<Applied> applied();
    /// What would be there after a crash.
    [[nodiscard]] Result<Applied> flushed();
    /// `wait`: until it is on the disk.
    Result<void> flush(bool wait);

    /// Bytes of bodies that lie beside the tree, and how many of them nobody refers to any more.
    struct Bodies {
        std::uint64_t bytes = 0;
        std::uint64_t garbage = 0;
    };

    [[nodiscard]] Bodies bodies();
    /// Writes the bodies that are left together and removes the rest. Takes as long as copying
    /// them; ends early, as a success, when `is_cancelled` becomes true.
    Result<void> reclaim(std::atomic<bool>& is_cancelled);

    /// Absent rows give no value. With ReadFrom::Memory the outer optional is empty where memory
    /// does not tell.
    Result<std::optional<std::optional<std::string>>> get(const std::string& key, ReadFrom from);

    /// An iterator with the bound it refers to.
    struct Walk {
        std::unique_ptr<std::string> end;
        std::unique_ptr<rocksdb::Slice> bound;
        std::unique_ptr<rocksdb::Iterator> rows;
    };

    /// Over all rows below `end` (empty = no end) as they are now; to be positioned. Ends before
    /// the database does.
    Walk walk(std::string end, ReadFrom from);

    /// For filling another zone: all keys and values of one moment, and the other side of it.
    std::shared_ptr<const rocksdb::Snapshot> snapshot();
    std::unique_ptr<rocksdb::Iterator> walk_all(const rocksdb::Snapshot& snapshot);
    Result<void> write_raw(rocksdb::WriteBatch& batch);
    [[nodiscard]] std::uint64_t estimated_bytes();

  private:
    explicit RowsDatabase(runtime::FileSystem& files) : files_(files) {}

    Result<Applied> read_applied(rocksdb::ReadTier tier);

    RocksFiles files_;  // Outlives db_.
    std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace antipode::index
