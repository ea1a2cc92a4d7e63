#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "blob/blob_store.h"
#include "blob/zoned/engine.h"
#include "blob/zoned/repair_blob.h"
#include "runtime/disk_threads.h"
#include "zone/zone_set.h"

namespace antipode::blob {

/// How it stands with the blobs; for the operator.
struct BlobStatus {
    std::uint64_t live_blobs = 0;
    std::uint64_t live_bytes = 0;  ///< Of users.
    /// Blobs that would not survive the loss of every zone that is Ok now as they should: all while
    /// a zone is not Ok, else those written without a zone and not completed yet, and those known
    /// to be damaged.
    std::uint64_t under_protected = 0;
    std::uint64_t used_bytes = 0;  ///< Per zone.
    std::uint64_t free_bytes = 0;  ///< Per zone, in existing segments.
    std::uint64_t shards_healed = 0;
    std::uint64_t stripes_decoded = 0;
    std::uint64_t lost = 0;  ///< Beyond repair, as the last scrub found, and not replaced since.
    bool is_full = false;
    /// Why it is not known yet which space of earlier runs is taken, so that none of it is used
    /// again; empty when it is known.
    std::string space_unknown;
};

struct ScrubReport {
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
    std::uint64_t shards_rewritten = 0;
    std::uint64_t completed = 0;    ///< Blobs that had been written without a zone.
    std::uint64_t not_checked = 0;  ///< A zone did not answer or took no repair.
    std::uint64_t lost = 0;         ///< Blobs that no surviving shards can give back.
};

/// How a scrub goes.
struct ScrubRun {
    std::string from{};    ///< Where one that did not end had come to; empty = at the beginning.
    ScrubReport so_far{};  ///< What that one had found.
    std::uint64_t bytes_per_second = 0;  ///< 0 = as fast as repair may be.
    std::function<void(double)> progress = [](double) {};
    /// Told of each blob that is beyond repair; the walk goes on when it returns.
    std::function<Task<void>(NamedBlob named)> lost{};
    /// Told now and then what was found before `place`; the walk goes on when it returns.
    std::function<Task<void>(const ScrubReport& so_far, std::string place)> checkpoint{};
};

/// The engine of an embedded region: Reed-Solomon 4+2, two shards in each zone, appended to segment
/// files that share flushes. A write that a zone does not take in time goes on without it, with the
/// shards of that zone in both others. What is missing or damaged is healed in the background.
///
/// Life: open, add_member to the ZoneSet, start, ..., stop. Reads and writes are served from open()
/// on.
class ZonedBlobStore final : public BlobStore, public zone::ZoneMember {
  public:
    /// Attaches the zones that are members. Blocks; for start-up.
    static Result<std::unique_ptr<ZonedBlobStore>> open(zone::ZoneSet& zones,
                                                        runtime::FileSystem& files,
                                                        ZonedBlobOptions options = {});
    ~ZonedBlobStore() override;

    /// Learns from `liveness` (which must outlive stop) which space is taken, then starts healing
    /// on the current executor. A row that cannot be read, or names no place that we know, is an
    /// error and keeps nothing else from going on: space of earlier runs is not reused, and it is
    /// tried again in the background until it succeeds.
    Task<Result<void>> start(Liveness& liveness);
    Task<void> stop();

    Task<Result<WrittenBlob>> write(ByteSource& body, BlobHint hint) override;
    Result<std::unique_ptr<ByteSource>> open(BlobRef ref, ByteRange range) override;
    void remove(BlobRef ref) override;

    void zone_went_out(std::size_t zone) override;
    Task<Result<void>> rejoin(std::size_t zone, std::function<void(double)> progress) override;

    /// Reads everything from the media, verifies it and repairs what is bad. One at a time.
    Task<Result<ScrubReport>> scrub(ScrubRun run = {});

    [[nodiscard]] BlobStatus status() const;

    [[nodiscard]] const BlobCounters& counters() const { return engine_.counters; }

    /// Frees what was removed long enough ago; the background does it every second.
    void reap();

  private:
    ZonedBlobStore(zone::ZoneSet& zones, runtime::FileSystem& files, ZonedBlobOptions options);

    /// What a walk over all named blobs does with each; an error ends the walk.
    using Visit = std::function<Task<Result<void>>(NamedBlob)>;

    /// A walk's place in the pages of names.
    struct Walk {
        std::string from{};
        std::uint64_t done = 0;              ///< Blobs before `from`.
        std::uint64_t bytes_per_second = 0;  ///< Of what is visited; 0 = no limit.
        std::function<void(double)> progress = [](double) {};
        std::function<Task<void>(std::string place)> page_done{};
    };

    Task<Result<void>> walk(Visit visit, Walk walk);

    Task<Result<std::shared_ptr<ZoneDisk>>> attach(std::size_t zone);
    Task<Result<void>> fill(std::size_t zone,
                            std::shared_ptr<ZoneDisk> disk,
                            std::function<void(double)> progress);

    struct FillCounts {
        std::size_t visited = 0;
        std::size_t rewritten = 0;
        std::size_t passed_over = 0;
    };

    Task<Result<void>> fill_one(NamedBlob named, std::size_t zone, FillCounts* counts);
    Task<Result<void>> complete(NamedBlob named, std::size_t* completed);
    Task<Result<void>> scrub_one(NamedBlob named, const ScrubRun& run, ScrubReport* report);
    Task<void> note_lost(NamedBlob named, const ScrubRun& run, ScrubReport* report);
    [[nodiscard]] bool is_lost(const BlobRef& ref) const;
    Task<void> keep_pace(std::uint64_t bytes_per_second,
                         runtime::Instant begin,
                         std::uint64_t bytes);
    Task<Result<void>> learn_space();
    Task<Result<void>> learn_page(std::string* unknown);
    Task<void> keep_learning();
    void note_space_unknown(std::string why);
    Task<void> keep_house();
    Task<void> keep_healing();
    Task<void> heal_noted();
    Task<void> complete_degraded();
    [[nodiscard]] std::shared_ptr<const OpenBlob> pinned(const BlobRef& ref, BlobLayout layout);
    /// Null: not a ref, or one of a blob that is gone. Repair writes in place, so it must never act
    /// on such a ref.
    [[nodiscard]] std::shared_ptr<const OpenBlob> pin_for_repair(const BlobRef& ref);
    [[nodiscard]] std::array<bool, kZones> zones_that_are_ok() const;

    zone::ZoneSet& zones_;
    runtime::FileSystem& files_;
    Engine engine_;
    Throttle throttle_;
    runtime::DiskThreads attaching_;
    Liveness* liveness_ = nullptr;
    std::atomic<bool> stopping_ = false;
    runtime::Signal house_wanted_;
    std::size_t fruitless_completions_ = 0;
    runtime::Instant next_completion_{};

    std::string learn_cursor_;
    bool has_marked_all_ = false;

    mutable std::mutex mutex_;
    std::set<std::string> lost_;      ///< Encoded refs.
    std::set<std::string> lost_now_;  ///< Found by the scrub that is running.
    std::string space_unknown_;
};

}  // namespace antipode::blob
