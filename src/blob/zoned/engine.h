#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "blob/zoned/blob_space.h"
#include "blob/zoned/heal_notes.h"
#include "blob/zoned/zone_disks.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"
#include "telemetry/metrics.h"
#include "zone/aligned_buffer.h"

namespace antipode::blob {

struct ZonedBlobOptions {
    SpaceOptions space;
    ZoneDisksOptions disks;
    /// Buffers kept warm for the next user.
    std::size_t idle_buffer_bytes_max = 64 * kMiB;
    /// Stripes of one blob that are on their way to the zones while the next one is read.
    std::size_t write_window_stripes = 4;
    /// With so many stripes of all writers under way each writer has one at a time.
    std::size_t write_stripes_max = 64;
    /// Stripes that one reader fetches before they are asked for, and how many all readers may
    /// together.
    std::size_t read_ahead_stripes = 2;
    std::size_t read_ahead_stripes_max = 64;
    /// Blobs that refill, scrub and healing work on at a time, and what they may read and write in
    /// all.
    std::size_t repair_blobs_max = 4;
    std::uint64_t repair_bytes_per_second = 200 * kMiB;
    /// The healer looks this often whether blobs written without a zone can be completed.
    runtime::Duration heal_every = std::chrono::seconds(5);
    /// After a start that could not read which space is taken.
    runtime::Duration learn_again_after = std::chrono::seconds(60);
};

/// Tallies since start.
struct BlobCounters {
    std::atomic<std::uint64_t> blobs_written = 0;
    std::atomic<std::uint64_t> blobs_degraded = 0;   ///< Written without one of the zones.
    std::atomic<std::uint64_t> stripes_decoded = 0;  ///< Reads that needed parity.
    std::atomic<std::uint64_t> shards_healed = 0;
    telemetry::Histogram stripe_write_time;  ///< Until a stripe was safe.
    telemetry::Histogram stripe_read_time;   ///< Until a reader had what it needs of a stripe.
    // Not tallies but what is true now.
    std::atomic<std::uint64_t> read_ahead_stripes = 0;
    std::atomic<std::uint64_t> write_stripes = 0;
    std::atomic<std::int64_t> live_blobs = 0;
    std::atomic<std::int64_t> live_bytes = 0;
    std::atomic<std::int64_t> degraded_blobs = 0;
};

/// What writing, reading and repairing share.
struct Engine {
    Engine(zone::ZoneSet& zone_set, runtime::FileSystem& files, ZonedBlobOptions settings)
        : options(settings),
          zones(zone_set),
          space(std::make_shared<BlobSpace>(settings.space)),
          buffers(zone::BufferPool::make(settings.idle_buffer_bytes_max)),
          disks(zone_set, files, settings.disks) {}

    const ZonedBlobOptions options;
    zone::ZoneSet& zones;
    // These two are shared with calls to disks that hang for longer than the engine lives.
    const std::shared_ptr<BlobSpace> space;
    const std::shared_ptr<zone::BufferPool> buffers;
    ZoneDisks disks;
    HealNotes heal_notes;
    runtime::Signal heal_wanted;
    BlobCounters counters;
    runtime::TaskGroup tasks;
};

}  // namespace antipode::blob
