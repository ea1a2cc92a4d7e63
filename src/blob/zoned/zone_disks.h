#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "blob/zoned/geometry.h"
#include "blob/zoned/zone_disk.h"
#include "runtime/executor.h"
#include "zone/zone_set.h"

namespace antipode::blob {

/// What may be expected of a zone just now.
enum class Standing : std::uint8_t {
    Good,
    Doubtful,  ///< Suspect, slow just now, full, or (for reads) not complete: only when nobody else
               ///< can do it.
    Gone,      ///< Not attached or out.
};

struct ZoneDisksOptions {
    ZoneDiskOptions disk;
    /// An operation that takes longer than this, and much longer than in the other zones, makes its
    /// zone doubtful.
    runtime::Duration lag_min = std::chrono::milliseconds(150);
    /// A shard that takes longer is decoded from others. Like lag_min this is what an idle machine
    /// gets: the limits grow with what is usual, or a busy machine would make itself busier.
    runtime::Duration hedge_min = std::chrono::milliseconds(50);
    /// A zone with less free space takes no more blobs.
    std::uint64_t free_bytes_min = 64 * kMiB;
};

/// Since when something is pending in each zone, waiting in our own queues included. Any thread.
class PendingCalls {
  public:
    std::uint64_t begin(std::size_t zone, runtime::Instant now);
    void end(std::size_t zone, std::uint64_t token);
    [[nodiscard]] std::array<runtime::Duration, kZones> oldest(runtime::Instant now) const;

  private:
    mutable std::mutex mutex_;
    std::uint64_t next_token_ = 1;
    std::array<std::map<std::uint64_t, runtime::Instant>, kZones> since_;  // In order of start.
};

/// Of durations; the newest counts for an eighth. Any thread; an update lost to another does no
/// harm.
class MovingAverage {
  public:
    void note(runtime::Duration took) {
        const std::int64_t before = nanoseconds_.load();
        nanoseconds_.store(before + ((took.count() - before) / 8));
    }

    [[nodiscard]] runtime::Duration value() const { return runtime::Duration(nanoseconds_.load()); }

  private:
    std::atomic<std::int64_t> nanoseconds_ = 0;
};

/// The disks of the zones that are attached, and which of them to use. The ZoneSet says who is in;
/// beyond that a zone is judged here against the others, sooner and gently: it is passed by while
/// it is much slower than they are. A stall that hits all of them (one shared disk, no processor)
/// condemns none. Threads: any.
class ZoneDisks {
  public:
    ZoneDisks(zone::ZoneSet& zones, runtime::FileSystem& files, ZoneDisksOptions options);
    /// Waits a moment for calls that are under way; leaves behind those that hang.
    ~ZoneDisks();
    ZoneDisks(const ZoneDisks&) = delete;
    ZoneDisks& operator=(const ZoneDisks&) = delete;

    /// Opens the zone's segments. The function blocks and touches nothing of this object.
    [[nodiscard]] std::function<Result<std::shared_ptr<ZoneDisk>>()> opener(std::size_t zone) const;
    /// Attaches the zone; an earlier attachment is given up.
    void adopt(std::size_t zone, std::shared_ptr<ZoneDisk> opened);
    /// Refuses everything queued for the zone; calls under way are left to themselves.
    void detach(std::size_t zone);
    /// The attached disk, or null.
    [[nodiscard]] std::shared_ptr<ZoneDisk> disk(std::size_t zone) const;

    [[nodiscard]] std::array<Standing, kZones> for_write(runtime::Instant now) const;
    [[nodiscard]] std::array<Standing, kZones> for_read(runtime::Instant now) const;
    /// Two or more zones have no space left.
    [[nodiscard]] bool is_full() const;

    void write(std::size_t zone, DiskWrite write, runtime::Instant now);
    void read(std::size_t zone, DiskRead read, runtime::Instant now);
    void remove_segment(std::uint32_t segment);

    /// The zone had no space for a write.
    void note_full(std::size_t zone) { space_->full.at(zone) = true; }

    /// How long after its start a stripe's write goes on without the zone that is last.
    [[nodiscard]] runtime::Duration lag_limit() const;

    /// What a stripe needed until two zones had it.
    void note_write(runtime::Duration took) { write_latency_.note(took); }

    /// How long after its start a read turns to other shards as well.
    [[nodiscard]] runtime::Duration hedge_limit() const;

    void note_read(runtime::Duration took) { read_latency_.note(took); }

    /// Looks at the free space of every zone. To be called about once a second, by one
    /// caller.
    void probe();

  private:
    struct Space {
        std::array<std::atomic<bool>, kZones> full{};
        /// Looks at the free space in a row that found too little.
        std::array<std::atomic<int>, kZones> full_looks{};
        std::array<std::atomic<bool>, kZones> probing{};
    };

    [[nodiscard]] std::array<bool, kZones> lagging(runtime::Instant now) const;
    void judge_space();

    zone::ZoneSet& zones_;
    runtime::FileSystem& files_;
    const ZoneDisksOptions options_;
    // Shared with calls that may outlive this object.
    const std::shared_ptr<PendingCalls> pending_ = std::make_shared<PendingCalls>();
    const std::shared_ptr<Space> space_ = std::make_shared<Space>();
    MovingAverage write_latency_;
    MovingAverage read_latency_;

    mutable std::mutex mutex_;
    std::array<std::shared_ptr<ZoneDisk>, kZones> disks_;
};

}  // namespace antipode::blob
