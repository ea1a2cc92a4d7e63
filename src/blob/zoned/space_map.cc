#include "blob/zoned/space_map.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace antipode::blob {

std::optional<PageRange> SpaceMap::allocate(std::uint32_t pages) {
    CHECK(pages > 0);
    const auto fit = by_size_.lower_bound({pages, 0, 0});
    if (fit == by_size_.end()) {
        return std::nullopt;
    }
    const auto [run_pages, number, page] = *fit;
    Segment& segment = segments_.at(number);
    erase_free(number, segment, segment.free.find(page));
    if (run_pages > pages) {
        insert_free(number, segment, page + pages, run_pages - pages);
    }
    return PageRange{number, page, pages};
}

void SpaceMap::add_segment() {
    const std::uint32_t number = next_segment_++;
    Segment& segment = segments_[number];
    segment.pages = pages_per_segment_;
    insert_free(number, segment, 0, pages_per_segment_);
}

void SpaceMap::free(const PageRange& range) {
    const auto found = segments_.find(range.segment);
    if (found == segments_.end() || range.pages == 0) {
        return;
    }
    Segment& segment = found->second;
    std::uint32_t first = range.page;
    std::uint32_t end = range.end();
    // Every free run that overlaps or touches becomes part of the new one.
    auto run = segment.free.upper_bound(end);
    while (run != segment.free.begin()) {
        run = std::prev(run);
        if (run->first + run->second < first) {
            break;
        }
        first = std::min(first, run->first);
        end = std::max(end, run->first + run->second);
        const auto next = std::next(run);
        erase_free(range.segment, segment, run);
        run = next;
    }
    insert_free(range.segment, segment, first, end - first);
}

std::vector<std::uint32_t> SpaceMap::drop_free_segments(std::size_t reserve) {
    std::vector<std::uint32_t> dropped;
    std::size_t kept = 0;
    for (auto it = segments_.begin(); it != segments_.end();) {
        Segment& segment = it->second;
        const bool is_free = segment.free_pages == segment.pages && !live_.contains(it->first);
        if (!is_free || kept++ < reserve) {
            ++it;
            continue;
        }
        erase_free(it->first, segment, segment.free.begin());
        dropped.push_back(it->first);
        it = segments_.erase(it);
    }
    return dropped;
}

std::uint64_t SpaceMap::total_pages() const {
    std::uint64_t total = 0;
    for (const auto& [number, segment] : segments_) {
        total += segment.pages;
    }
    return total;
}

void SpaceMap::begin_rebuild(const std::vector<std::uint32_t>& existing) {
    for (const std::uint32_t number : existing) {
        segments_[number].pages = pages_per_segment_;
        live_[number];
        next_segment_ = std::max(next_segment_, number + 1);
    }
}

void SpaceMap::mark_live(const PageRange& range) {
    // A segment that no zone has a file of is still the place its blobs are rebuilt to.
    const auto [segment, is_new] = segments_.try_emplace(range.segment);
    if (is_new) {
        live_[range.segment];
        next_segment_ = std::max(next_segment_, range.segment + 1);
    }
    const auto live = live_.find(range.segment);
    if (live == live_.end()) {
        return;  // Written since the rebuild began: accounted for already.
    }
    // Segments of another size stay usable when the option changes.
    segment->second.pages = std::max({segment->second.pages, range.end(), pages_per_segment_});
    std::vector<bool>& pages = live->second;
    if (pages.size() < range.end()) {
        pages.resize(range.end());
    }
    std::fill(pages.begin() + range.page, pages.begin() + range.end(), true);
}

void SpaceMap::finish_rebuild() {
    for (auto& [number, pages] : live_) {
        Segment& segment = segments_.at(number);
        pages.resize(segment.pages);
        for (std::uint32_t page = 0; page < segment.pages;) {
            const auto begin = pages.begin() + page;
            const auto end = std::find(begin, pages.end(), !pages[page]);
            const auto run = static_cast<std::uint32_t>(end - begin);
            if (!pages[page]) {
                insert_free(number, segment, page, run);
            }
            page += run;
        }
    }
    live_.clear();
}

void SpaceMap::insert_free(std::uint32_t number,
                           Segment& segment,
                           std::uint32_t page,
                           std::uint32_t pages) {
    segment.free.emplace(page, pages);
    segment.free_pages += pages;
    free_pages_ += pages;
    by_size_.emplace(pages, number, page);
}

void SpaceMap::erase_free(std::uint32_t number,
                          Segment& segment,
                          std::map<std::uint32_t, std::uint32_t>::iterator run) {
    by_size_.erase({run->second, number, run->first});
    segment.free_pages -= run->second;
    free_pages_ -= run->second;
    segment.free.erase(run);
}

}  // namespace antipode::blob
