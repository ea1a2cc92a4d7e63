#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "blob/zoned/blob_layout.h"

namespace antipode::blob {

/// Which pages of which segments are free: one map for all three zones, because a blob is at the
/// same place in each. Only in memory; rebuilt at start from the refs (the rows are the truth).
/// Best fit; neighbours merge. Not thread-safe.
class SpaceMap {
  public:
    explicit SpaceMap(std::uint32_t pages_per_segment) : pages_per_segment_(pages_per_segment) {}

    [[nodiscard]] std::uint32_t pages_per_segment() const { return pages_per_segment_; }

    /// None when no free run is long enough.
    std::optional<PageRange> allocate(std::uint32_t pages);
    /// Adds a wholly free segment with a number that was never used.
    void add_segment();
    /// Gives pages back. Pages that are free already stay so.
    void free(const PageRange& range);
    /// Takes wholly free segments out of the map, except `reserve` of them; their numbers are not
    /// used again.
    std::vector<std::uint32_t> drop_free_segments(std::size_t reserve);

    [[nodiscard]] bool knows(std::uint32_t segment) const { return segments_.contains(segment); }

    [[nodiscard]] std::uint64_t free_pages() const { return free_pages_; }

    [[nodiscard]] std::uint64_t total_pages() const;

    /// Rebuilding: segments that exist are all taken until finish_rebuild() frees what mark_live()
    /// did not name. Allocation goes on meanwhile, in new segments.
    void begin_rebuild(const std::vector<std::uint32_t>& existing);
    void mark_live(const PageRange& range);
    void finish_rebuild();

  private:
    struct Segment {
        std::map<std::uint32_t, std::uint32_t> free;  // First page -> pages.
        std::uint32_t pages = 0;
        std::uint32_t free_pages = 0;
    };

    void insert_free(std::uint32_t number,
                     Segment& segment,
                     std::uint32_t page,
                     std::uint32_t pages);
    void erase_free(std::uint32_t number,
                    Segment& segment,
                    std::map<std::uint32_t, std::uint32_t>::iterator run);

    std::uint32_t pages_per_segment_;
    std::uint32_t next_segment_ = 1;
    std::uint64_t free_pages_ = 0;
    std::map<std::uint32_t, Segment> segments_;
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>>
        by_size_;                                      // Pages, segment, page.
    std::map<std::uint32_t, std::vector<bool>> live_;  // While rebuilding.
};

}  // namespace antipode::blob
