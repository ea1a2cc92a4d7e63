#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "index/index_store.h"
#include "index/zoned/log_retention.h"
#include "index/zoned/row_table.h"
#include "index/zoned/sequencer.h"
#include "index/zoned/zone_workers.h"
#include "runtime/disk_condition.h"
#include "runtime/file_system.h"
#include "zone/zone_set.h"

namespace antipode::index {

struct ZonedStoreOptions {
    /// Of the commit log's files; decided when the region is made.
    std::uint64_t segment_bytes = 64 * 1024 * 1024;
    /// Shared by the three zones, with the rows not flushed yet; used as it is needed.
    std::size_t block_cache_bytes = 256 * 1024 * 1024;
    /// Of it at most so much for rows not flushed yet.
    std::size_t write_buffer_bytes = 96 * 1024 * 1024;
    std::uint64_t absent_log_bytes_max =
        2ULL * 1024 * 1024 * 1024;  ///< Log kept for a zone that is away.
    /// Rows are flushed when so much log is behind them: bounds log and replay.
    std::uint64_t flush_log_bytes = 128 * 1024 * 1024;
    runtime::Duration flush_when_idle = std::chrono::seconds(10);
    /// A read that a zone has not answered by then is asked of another one too.
    runtime::Duration hedge_after = std::chrono::milliseconds(40);
    runtime::Duration read_max = std::chrono::seconds(10);
    SequencerOptions sequencer;
    /// What keeps the rows of a zone; null: RocksDB with the sizes above.
    std::shared_ptr<RowTables> tables;
};

/// The row engine of one machine: one commit log, the same bytes in each of three zones,
/// acknowledged when durable in two; rows applied from it to one table (RocksDB) a zone and read
/// from there or from memory. No executor ever waits for a disk. With any one zone lost, hung,
/// slow, full or lying it goes on; a zone that comes back is filled while it goes on.
///
/// Life: open (blocks: recovery), ZoneSet::add_member, ..., ZoneSet::stop, stop. Forms:
/// docs/formats/commit-log.md.
class ZonedStore final : public IndexStore, public zone::ZoneMember {
  public:
    /// `zones` and `files` outlive the store, and threads that hang in `files` when stop() gave up
    /// on them. Zones that cannot take part are put out and filled later; fails unless two can.
    static Result<std::unique_ptr<ZonedStore>> open(ZonedStoreOptions options,
                                                    zone::ZoneSet& zones,
                                                    runtime::FileSystem& files);
    /// CHECKs that stop() or abandon() ran.
    ~ZonedStore() override;

    Task<Result<std::uint64_t>> acquire(PartitionId partition) override;
    Task<Result<std::uint64_t>> commit(PartitionId partition, Commit change) override;
    Task<Result<std::vector<std::optional<std::string>>>> get(
        PartitionId partition, std::vector<std::string> keys) override;
    Task<Result<ScanPage>> scan(PartitionId partition, ScanRange range) override;
    Task<Result<std::uint64_t>> revision(PartitionId partition) override;
    Task<Result<void>> drop(PartitionId partition, std::uint64_t fence) override;

    void zone_went_out(std::size_t zone) override;
    Task<Result<void>> rejoin(std::size_t zone, std::function<void(double)> progress) override;

    /// Answers what waits (MaybeCommitted), flushes rows so that the next start is quick, ends all
    /// threads. Takes at most a few seconds; threads that hang are left behind.
    Task<void> stop();
    /// The same without flushing anything: what a crash leaves. For tests.
    void abandon();

    /// Records in sequence, committed, and per zone durable and applied.
    [[nodiscard]] Sequencer::Progress progress(std::size_t zone) const {
        return sequencer_->progress(zone);
    }

    [[nodiscard]] const LogMetrics& metrics() const { return sequencer_->metrics(); }

  private:
    ZonedStore(ZonedStoreOptions options, zone::ZoneSet& zones, runtime::FileSystem& files);

    Result<void> start();
    void run_ticks();
    void end(bool with_flush);
    static void flush_rows(const std::vector<std::shared_ptr<ZoneWorkers>>& all);
    void install_locked(std::size_t zone,
                        std::shared_ptr<ZoneReplica> replica,
                        std::uint64_t incarnation);

    // Commits (zoned_commit.cc).
    template <typename Try>
    Task<Result<std::uint64_t>> settle(const PartitionId& partition, Try try_once);
    Task<Result<void>> load_partition(PartitionId partition);

    // Reads (zoned_read.cc).
    using Values = std::vector<std::optional<std::string>>;
    [[nodiscard]] std::vector<std::shared_ptr<ZoneWorkers>> readers() const;
    Task<Result<Values>> read_rows(std::vector<std::string> keys);
    template <typename T>
    Task<Result<T>> read_from_disk(std::function<Result<T>(RowTable&)> read);

    // Filling a zone (zoned_rejoin.cc).
    struct Refill;
    Task<Result<void>> rejoin_from(std::size_t zone,
                                   std::shared_ptr<ZoneWorkers> source,
                                   std::function<void(double)> progress);
    [[nodiscard]] std::shared_ptr<ZoneWorkers> source_for(std::size_t zone) const;
    [[nodiscard]] bool is_there(const Refill& refill) const;
    Task<Result<void>> fill(std::size_t zone,
                            std::shared_ptr<Refill> refill,
                            std::shared_ptr<runtime::DiskThreads> filler,
                            std::function<void(double)> progress);
    Task<Result<void>> while_there(std::shared_ptr<Refill> refill,
                                   std::shared_ptr<runtime::DiskThreads> filler,
                                   std::function<Result<void>()> step,
                                   std::function<void(double)> progress);

    const ZonedStoreOptions options_;
    zone::ZoneSet& zones_;
    runtime::FileSystem& files_;
    const std::shared_ptr<RowTables> tables_;
    std::shared_ptr<LogRetention> retention_;
    std::shared_ptr<Sequencer> sequencer_;
    std::uint64_t segment_bytes_ = 0;

    mutable std::mutex mutex_;
    std::array<std::shared_ptr<ZoneWorkers>, zone::kZones> workers_;
    std::vector<std::shared_ptr<ZoneWorkers>> left_behind_;
    std::array<std::shared_ptr<ZoneReplica>, zone::kZones> filling_;
    bool is_closed_ = false;
    runtime::DiskCondition stop_ticking_;
    std::unique_ptr<runtime::DiskThreads> ticker_;
};

}  // namespace antipode::index
