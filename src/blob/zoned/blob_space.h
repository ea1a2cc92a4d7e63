#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "blob/zoned/space_map.h"
#include "runtime/executor.h"

namespace antipode::blob {

struct SpaceOptions {
    std::uint64_t segment_bytes = 256 * kMiB;
    /// How long the space of a removed blob waits for readers who have just looked its row up.
    runtime::Duration grace = std::chrono::seconds(60);
    /// Removed blobs that wait. Beyond it the oldest wait no longer.
    std::size_t quarantine_max = 65536;
    /// Wholly free segments that are kept for reuse.
    std::size_t free_segments_reserve = 2;
};

/// The space of the region and the life of blobs in it: allocation, pins of readers and writers,
/// the quarantine of what was removed. Threads: any.
class BlobSpace : public std::enable_shared_from_this<BlobSpace> {
  public:
    explicit BlobSpace(SpaceOptions options);

    /// Ids are never given twice, also not after a restart when wall time has moved on or a greater
    /// id is live.
    std::uint64_t next_id(runtime::WallTime now);

    /// A run of exactly so many pages; takes a new segment when `may_grow` and no free run is long
    /// enough.
    std::optional<PageRange> allocate(std::uint32_t pages, bool may_grow);
    /// Gives back pages that no ref names.
    void free(const PageRange& range);

    /// While the token lives the blob's space is not reused.
    std::shared_ptr<void> pin(const BlobLayout& blob);
    /// Its space is free once the grace period is over and nobody pins it. False: it was removed
    /// before, nothing is done.
    bool remove(const BlobLayout& blob, runtime::Instant now);
    [[nodiscard]] bool was_removed(std::uint64_t id) const;
    /// The ref is of the past: its pages, or those of its extra copies, may belong to somebody else
    /// already. False says something only for a blob that is pinned, and a ref younger than
    /// kRememberedMax changes().
    [[nodiscard]] bool is_stale(const BlobLayout& blob) const;
    /// Counts removals and completions.
    [[nodiscard]] std::uint64_t changes() const;

    /// Removals and completions that are remembered.
    static constexpr std::size_t kRememberedMax = 262144;

    /// The blob was completed: its copies in `extra` go after the grace period, the blob stays.
    void drop_extra(const BlobLayout& blob, runtime::Instant now);

    /// Frees what has waited long enough; gives the segments that became needless.
    std::vector<std::uint32_t> reap(runtime::Instant now);

    void begin_rebuild(const std::vector<std::uint32_t>& existing);
    /// False when the blob was written in this run: who wrote it has counted it. Its id tells
    /// nothing, the clock may have gone back.
    bool mark_live(const BlobLayout& blob);
    /// Every blob was marked, though some names could not be read.
    void all_marked();
    void finish_rebuild();

    [[nodiscard]] bool knows_segment(std::uint32_t segment) const;
    [[nodiscard]] std::uint64_t free_bytes() const;
    [[nodiscard]] std::uint64_t used_bytes() const;
    [[nodiscard]] std::size_t quarantined() const;

  private:
    struct Leaving {
        std::uint64_t id = 0;
        std::vector<PageRange> ranges;
        runtime::Instant due;
    };

    /// Ids of the last removals, so that a repeated remove() cannot free somebody else's pages.
    struct Remembered {
        std::unordered_set<std::uint64_t> ids;
        std::deque<std::uint64_t> order;

        bool insert(std::uint64_t id);
    };

    void unpin(std::uint64_t id);

    SpaceOptions options_;
    mutable std::mutex mutex_;
    SpaceMap map_;
    bool rebuilding_ = false;
    std::uint64_t last_id_ = 0;
    bool remembers_given_ = false;
    std::unordered_set<std::uint64_t> given_;  ///< Ids of this run, until all_marked().
    std::uint64_t changes_ = 0;
    std::unordered_map<std::uint64_t, std::pair<std::size_t, std::vector<PageRange>>> pins_;
    std::deque<Leaving> leaving_;
    Remembered removed_;
    Remembered completed_;
};

}  // namespace antipode::blob
