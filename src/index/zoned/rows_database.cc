#include "index/zoned/rows_database.h"

#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "base/check.h"
#include "base/record.h"
#include "base/units.h"
#include "index/check_commit.h"

namespace antipode::index {

namespace {

// Rows start with the length of the partition's name (never 0), everything else with a zero byte.
constexpr std::string_view kAppliedKey("\0a", 2);
constexpr std::string_view kStatePrefix("\0p", 2);

// Rows of the catalog are shorter; what is longer is the body of a small object.
constexpr std::uint64_t kBlobBytesMin = 1 * kKiB;

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

rocksdb::Options options_of(const RowsMemory& memory, rocksdb::Env* env) {
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

std::string encode(const Applied& applied) {
    RecordWriter writer;
    writer.varint(applied.lsn);
    writer.varint(applied.position);
    writer.varint(applied.epoch);
    return writer.take();
}

std::string encode(const PartitionState& state) {
    RecordWriter writer;
    writer.varint(state.revision);
    writer.varint(state.fence);
    return writer.take();
}

std::string partition_prefix(std::string_view partition) {
    DCHECK(!partition.empty() && partition.size() <= kPartitionIdBytesMax);
    std::string key(1, static_cast<char>(static_cast<unsigned char>(partition.size())));
    return key.append(partition);
}

void add_rows(rocksdb::WriteBatch& batch, const LogRecord& record) {
    const std::string prefix = partition_prefix(record.partition);
    if (record.kind == RecordKind::Drop) {
        CHECK(batch.DeleteRange(prefix, prefix_end(prefix)).ok());
    }
    for (const RowOp& op : record.ops) {
        const std::array<rocksdb::Slice, 2> key{slice(prefix), slice(op.key)};
        const rocksdb::SliceParts parts(key.data(), 2);
        if (op.is_delete) {
            CHECK(batch.Delete(parts).ok());
        } else {
            const rocksdb::Slice value = slice(op.value);
            CHECK(batch.Put(parts, rocksdb::SliceParts(&value, 1)).ok());
        }
    }
}

}  // namespace

RowsMemory make_rows_memory(std::size_t cache_bytes, std::size_t write_buffer_bytes) {
    rocksdb::LRUCacheOptions cache;
    cache.capacity = cache_bytes;
    cache.high_pri_pool_ratio = 0.2;
    const std::shared_ptr<rocksdb::Cache> rows = rocksdb::NewLRUCache(cache);
    return {
        .cache = rows,
        .write_buffers = std::make_shared<rocksdb::WriteBufferManager>(write_buffer_bytes, rows)};
}

std::string row_key(std::string_view partition, std::string_view key) {
    return partition_prefix(partition).append(key);
}

std::string partition_state_key(std::string_view partition) {
    return std::string(kStatePrefix).append(partition);
}

Result<PartitionState> decode_partition_state(std::string_view value) {
    RecordReader reader(value);
    PartitionState state;
    state.revision = reader.varint();
    state.fence = reader.varint();
    TRY_VOID(reader.finish("the state of a partition"));
    return state;
}

std::string prefix_end(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xff') {
        prefix.pop_back();
    }
    if (!prefix.empty()) {
        prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    }
    return prefix;
}

Result<std::unique_ptr<RowsDatabase>> RowsDatabase::open(runtime::FileSystem& files,
                                                         const std::string& directory,
                                                         const RowsMemory& memory) {
    std::unique_ptr<RowsDatabase> rows(new RowsDatabase(files));
    rocksdb::DB* opened = nullptr;
    TRY_VOID(
        result_of(rocksdb::DB::Open(options_of(memory, rows->files_.env()), directory, &opened)));
    rows->db_.reset(opened);
    return rows;
}

RowsDatabase::~RowsDatabase() = default;

Result<void> RowsDatabase::apply(std::span<const std::shared_ptr<const LogRecord>> records) {
    if (records.empty()) {
        return {};
    }
    rocksdb::WriteBatch batch;
    std::map<std::string_view, PartitionState> states;
    for (const auto& record : records) {
        if (record->kind == RecordKind::Epoch) {
            continue;
        }
        states[record->partition] = {.revision = record->revision, .fence = record->fence};
        add_rows(batch, *record);
    }
    for (const auto& [partition, state] : states) {
        CHECK(batch.Put(partition_state_key(partition), encode(state)).ok());
    }
    const LogRecord& last = *records.back();
    const Applied applied{.lsn = last.lsn(), .position = last.end(), .epoch = last.header.epoch};
    CHECK(batch.Put(slice(kAppliedKey), encode(applied)).ok());
    return result_of(db_->Write(without_log(), &batch));
}

Result<Applied> RowsDatabase::read_applied(rocksdb::ReadTier tier) {
    rocksdb::ReadOptions options;
    options.read_tier = tier;
    std::string value;
    const rocksdb::Status status = db_->Get(options, slice(kAppliedKey), &value);
    if (status.IsNotFound()) {
        return Applied{};
    }
    TRY_VOID(result_of(status));
    RecordReader reader(value);
    Applied applied;
    applied.lsn = reader.varint();
    applied.position = reader.varint();
    applied.epoch = reader.varint();
    TRY_VOID(reader.finish("the position in the commit log"));
    return applied;
}

Result<Applied> RowsDatabase::applied() {
    return read_applied(rocksdb::kReadAllTier);
}

Result<Applied> RowsDatabase::flushed() {
    return read_applied(rocksdb::kPersistedTier);
}

Result<void> RowsDatabase::flush(bool wait) {
    rocksdb::FlushOptions options;
    options.wait = wait;
    options.allow_write_stall = true;
    return result_of(db_->Flush(options));
}

RowsDatabase::Bodies RowsDatabase::bodies() {
    Bodies bodies;
    db_->GetIntProperty(rocksdb::DB::Properties::kLiveBlobFileSize, &bodies.bytes);
    db_->GetIntProperty(rocksdb::DB::Properties::kLiveBlobFileGarbageSize, &bodies.garbage);
    return bodies;
}

Result<void> RowsDatabase::reclaim(std::atomic<bool>& is_cancelled) {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.canceled = &is_cancelled;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    options.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    options.blob_garbage_collection_age_cutoff = 1.0;
    const rocksdb::Status status = db_->CompactRange(options, nullptr, nullptr);
    return status.IsIncomplete() && is_cancelled ? Result<void>() : result_of(status);
}

Result<std::optional<std::optional<std::string>>> RowsDatabase::get(const std::string& key,
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

RowsDatabase::Walk RowsDatabase::walk(std::string end, ReadFrom from) {
    Walk walk{.end = std::make_unique<std::string>(std::move(end)),
              .bound = std::make_unique<rocksdb::Slice>(),
              .rows = nullptr};
    *walk.bound = *walk.end;
    rocksdb::ReadOptions options;
    options.read_tier = from == ReadFrom::Memory ? rocksdb::kBlockCacheTier : rocksdb::kReadAllTier;
    if (!walk.end->empty()) {
        options.iterate_upper_bound = walk.bound.get();
    }
    walk.rows.reset(db_->NewIterator(options));
    return walk;
}

std::shared_ptr<const rocksdb::Snapshot> RowsDatabase::snapshot() {
    return {db_->GetSnapshot(),
            [this](const rocksdb::Snapshot* snapshot) { db_->ReleaseSnapshot(snapshot); }};
}

std::unique_ptr<rocksdb::Iterator> RowsDatabase::walk_all(const rocksdb::Snapshot& snapshot) {
    rocksdb::ReadOptions options;
    options.snapshot = &snapshot;
    options.fill_cache = false;
    options.readahead_size = 1 * kMiB;
    return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options));
}

std::uint64_t RowsDatabase::estimated_bytes() {
    std::uint64_t bytes = 0;
    std::uint64_t in_memory = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kEstimateLiveDataSize, &bytes);
    db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &in_memory);
    return bytes + in_memory;
}

Result<void> RowsDatabase::write_raw(rocksdb::WriteBatch& batch) {
    return result_of(db_->Write(without_log(), &batch));
}

}  // namespace antipode::index
