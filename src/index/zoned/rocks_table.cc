#include "index/zoned/rocks_table.h"

#include <array>
#include <utility>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include "base/check.h"
#include "base/units.h"
#include "index/zoned/rocks_file_system.h"

namespace antipode::index {

namespace {

// Rows of the catalog are shorter; what is longer is the body of a small object.
constexpr std::uint64_t kBlobBytesMin = 1 * kKiB;

// A hundred years: RocksDB adds it to the time of day.
constexpr std::uint64_t kNeverMicros = 100ULL * 365 * 24 * 3600 * 1'000'000;

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

Error error_of(const rocksdb::Status& status) {
    return {status.IsCorruption() ? ErrorCode::Corrupt : ErrorCode::Io,
            "rows: " + status.ToString()};
}

Result<void> result_of(const rocksdb::Status& status) {
    if (!status.ok()) {
        return fail(error_of(status));
    }
    return {};
}

/// Says nothing: what matters comes back as a status.
class SilentLogger final : public rocksdb::Logger {
  public:
    using Logger::Logv;

    void Logv(const char*, va_list) override {}
};

std::string_view view(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

/// Memory that the databases of the three zones share.
struct RocksMemory {
    std::shared_ptr<rocksdb::Cache> cache;
    std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

rocksdb::Options options_of(const RocksMemory& memory, rocksdb::Env* env) {
    rocksdb::Options options;
    options.env = env;
    options.create_if_missing = true;
    options.info_log = std::make_shared<SilentLogger>();
    options.info_log_level = rocksdb::FATAL_LEVEL;
    options.compression = rocksdb::kLZ4Compression;
    options.level_compaction_dynamic_level_bytes = true;
    options.write_buffer_size = 16 * kMiB;
    options.max_write_buffer_number = 4;
    options.write_buffer_manager = memory.write_buffers;
    options.max_background_jobs = 2;
    // Most reads of a write look for what is not there yet (is there such a key, a tombstone?).
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.02;
    // Files of level 0 are small, for bodies are not in them; each merge rewrites much of the next.
    options.level0_file_num_compaction_trigger = 8;
    options.max_open_files = -1;
    // What is not flushed is in the commit log; closing must not take long or touch a disk that may
    // be gone.
    options.avoid_flush_during_shutdown = true;
    // Executors read what is in memory. RocksDB must not remove files on the thread that reads, nor
    // list the directory under the lock that a read needs (each start does it anyway).
    options.avoid_unnecessary_blocking_io = true;
    options.delete_obsolete_files_period_micros = kNeverMicros;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.enable_pipelined_write = false;
    options.manual_wal_flush = true;
    // Bodies of small objects are written once, at the flush, and not again by every compaction:
    // docs/decisions/0013-small-bodies-beside-the-tree.md.
    options.enable_blob_files = true;
    options.min_blob_size = kBlobBytesMin;
    options.blob_cache = memory.cache;  // And in it from the flush on: what is new is hot.
    options.prepopulate_blob_cache = rocksdb::PrepopulateBlobCache::kFlushOnly;

    rocksdb::BlockBasedTableOptions table;
    table.block_cache = memory.cache;
    table.block_size = 16 * kKiB;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.cache_index_and_filter_blocks = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.format_version = 5;
    table.whole_key_filtering = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

rocksdb::WriteOptions without_log() {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return options;
}

/// Gathers what is written at once.
class RocksSink final : public RowSink {
  public:
    void put(std::string_view prefix, std::string_view key, std::string_view value) override {
        const std::array<rocksdb::Slice, 2> parts{slice(prefix), slice(key)};
        const rocksdb::Slice bytes = slice(value);
        CHECK(
            batch_.Put(rocksdb::SliceParts(parts.data(), 2), rocksdb::SliceParts(&bytes, 1)).ok());
    }

    void remove(std::string_view prefix, std::string_view key) override {
        const std::array<rocksdb::Slice, 2> parts{slice(prefix), slice(key)};
        CHECK(batch_.Delete(rocksdb::SliceParts(parts.data(), 2)).ok());
    }

    void remove_range(std::string_view from, std::string_view end) override {
        CHECK(batch_.DeleteRange(slice(from), slice(end)).ok());
    }

    rocksdb::WriteBatch& batch() { return batch_; }

  private:
    rocksdb::WriteBatch batch_;
};

/// An iterator with the bound it refers to.
class RocksWalk final : public RowWalk {
  public:
    RocksWalk(rocksdb::DB& db, rocksdb::ReadOptions options, std::string end)
        : end_(std::move(end)), bound_(end_) {
        if (!end_.empty()) {
            options.iterate_upper_bound = &bound_;
        }
        rows_.reset(db.NewIterator(options));
    }

    void seek(std::string_view key) override { rows_->Seek(slice(key)); }

    void next() override { rows_->Next(); }

    [[nodiscard]] bool is_at_row() const override { return rows_->Valid(); }

    [[nodiscard]] std::string_view key() const override { return view(rows_->key()); }

    [[nodiscard]] std::string_view value() const override { return view(rows_->value()); }

    [[nodiscard]] Result<void> status() const override { return result_of(rows_->status()); }

    [[nodiscard]] bool is_beyond_memory() const override { return rows_->status().IsIncomplete(); }

  private:
    std::string end_;
    rocksdb::Slice bound_;
    std::unique_ptr<rocksdb::Iterator> rows_;
};

class RocksTable final : public RowTable {
  public:
    explicit RocksTable(runtime::FileSystem& files) : files_(files) {}

    Result<void> open(const std::string& directory, const RocksMemory& memory) {
        rocksdb::DB* opened = nullptr;
        TRY_VOID(
            result_of(rocksdb::DB::Open(options_of(memory, files_.env()), directory, &opened)));
        db_.reset(opened);
        return {};
    }

    Result<void> apply(std::span<const std::shared_ptr<const LogRecord>> records) override;

    Result<Applied> applied() override { return read_applied(rocksdb::kReadAllTier); }

    Result<Applied> flushed() override { return read_applied(rocksdb::kPersistedTier); }

    Result<void> flush(bool wait) override;
    Bodies bodies() override;
    Result<void> reclaim(std::atomic<bool>& is_cancelled) override;
    Result<std::optional<std::optional<std::string>>> get(const std::string& key,
                                                          ReadFrom from) override;
    std::unique_ptr<RowWalk> walk(std::string end, ReadFrom from) override;
    std::unique_ptr<RowWalk> walk_all() override;
    Result<void> put_all(std::span<const Row> rows) override;
    std::uint64_t estimated_bytes() override;

  private:
    Result<Applied> read_applied(rocksdb::ReadTier tier);

    RocksFiles files_;  // Outlives db_.
    std::unique_ptr<rocksdb::DB> db_;
};

Result<void> RocksTable::apply(std::span<const std::shared_ptr<const LogRecord>> records) {
    if (records.empty()) {
        return {};
    }
    RocksSink sink;
    add_records(sink, records);
    return result_of(db_->Write(without_log(), &sink.batch()));
}

Result<Applied> RocksTable::read_applied(rocksdb::ReadTier tier) {
    rocksdb::ReadOptions options;
    options.read_tier = tier;
    std::string value;
    const rocksdb::Status status = db_->Get(options, slice(applied_key()), &value);
    if (status.IsNotFound()) {
        return Applied{};
    }
    TRY_VOID(result_of(status));
    return decode_applied(value);
}

Result<void> RocksTable::flush(bool wait) {
    rocksdb::FlushOptions options;
    options.wait = wait;
    options.allow_write_stall = true;
    return result_of(db_->Flush(options));
}

RowTable::Bodies RocksTable::bodies() {
    Bodies bodies;
    db_->GetIntProperty(rocksdb::DB::Properties::kLiveBlobFileSize, &bodies.bytes);
    db_->GetIntProperty(rocksdb::DB::Properties::kLiveBlobFileGarbageSize, &bodies.garbage);
    return bodies;
}

Result<void> RocksTable::reclaim(std::atomic<bool>& is_cancelled) {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.canceled = &is_cancelled;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    options.blob_garbage_collection_age_cutoff = 1.0;
    const rocksdb::Status status = db_->CompactRange(options, nullptr, nullptr);
    return status.IsIncomplete() && is_cancelled ? Result<void>() : result_of(status);
}

Result<std::optional<std::optional<std::string>>> RocksTable::get(const std::string& key,
                                                                  ReadFrom from) {
    rocksdb::ReadOptions options;
    options.read_tier = from == ReadFrom::Memory ? rocksdb::kBlockCacheTier : rocksdb::kReadAllTier;
    std::string value;
    const rocksdb::Status status = db_->Get(options, key, &value);
    if (status.IsIncomplete()) {
        return std::optional<std::optional<std::string>>();
    }
    if (status.IsNotFound()) {
        return std::optional<std::optional<std::string>>(std::in_place, std::nullopt);
    }
    TRY_VOID(result_of(status));
    return std::optional<std::optional<std::string>>(std::in_place, std::move(value));
}

std::unique_ptr<RowWalk> RocksTable::walk(std::string end, ReadFrom from) {
    rocksdb::ReadOptions options;
    options.read_tier = from == ReadFrom::Memory ? rocksdb::kBlockCacheTier : rocksdb::kReadAllTier;
    return std::make_unique<RocksWalk>(*db_, options, std::move(end));
}

std::unique_ptr<RowWalk> RocksTable::walk_all() {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = 1 * kMiB;
    auto rows = std::make_unique<RocksWalk>(*db_, options, "");
    rows->seek("");
    return rows;
}

std::uint64_t RocksTable::estimated_bytes() {
    std::uint64_t bytes = 0;
    std::uint64_t in_memory = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kEstimateLiveDataSize, &bytes);
    db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &in_memory);
    return bytes + in_memory;
}

Result<void> RocksTable::put_all(std::span<const Row> rows) {
    RocksSink sink;
    for (const auto& [key, value] : rows) {
        sink.put("", key, value);
    }
    return result_of(db_->Write(without_log(), &sink.batch()));
}

class RocksTables final : public RowTables {
  public:
    RocksTables(std::size_t cache_bytes, std::size_t write_buffer_bytes) {
        rocksdb::LRUCacheOptions cache;
        cache.capacity = cache_bytes;
        cache.high_pri_pool_ratio = 0.2;
        memory_.cache = rocksdb::NewLRUCache(cache);
        memory_.write_buffers =
            std::make_shared<rocksdb::WriteBufferManager>(write_buffer_bytes, memory_.cache);
    }

    Result<std::unique_ptr<RowTable>> open(runtime::FileSystem& files,
                                           const std::string& directory) override {
        auto table = std::make_unique<RocksTable>(files);
        TRY_VOID(table->open(directory, memory_));
        return table;
    }

  private:
    RocksMemory memory_;
};

}  // namespace

std::unique_ptr<RowTables> make_rocks_tables(std::size_t cache_bytes,
                                             std::size_t write_buffer_bytes) {
    return std::make_unique<RocksTables>(cache_bytes, write_buffer_bytes);
}

}  // namespace antipode::index
