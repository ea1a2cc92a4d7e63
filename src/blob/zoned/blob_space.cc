#include "blob/zoned/blob_space.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace antipode::blob {

namespace {

/// Room for a million blobs in each millisecond of wall time since the last start.
constexpr unsigned kIdsPerMillisecondBits = 20;

std::vector<PageRange> extra_ranges(const BlobLayout& blob) {
    std::vector<PageRange> ranges;
    for (const StripePlace& stripe : blob.stripes) {
        if (stripe.missing != kNoZone) {
            ranges.push_back(stripe.extra);
        }
    }
    return ranges;
}

std::vector<PageRange> main_ranges(const BlobLayout& blob) {
    std::vector<PageRange> ranges;
    for (const StripePlace& stripe : blob.stripes) {
        ranges.push_back(stripe.main);
    }
    return ranges;
}

}  // namespace

bool BlobSpace::Remembered::insert(std::uint64_t id) {
    if (!ids.insert(id).second) {
        return false;
    }
    order.push_back(id);
    if (order.size() > kRememberedMax) {
        ids.erase(order.front());
        order.pop_front();
    }
    return true;
}

BlobSpace::BlobSpace(SpaceOptions options)
    : options_(options), map_(static_cast<std::uint32_t>(options.segment_bytes / kPageBytes)) {
    // A stripe and the copies of a missing zone's shards.
    CHECK(map_.pages_per_segment() >= 2 * kStripePagesMax);
}

std::uint64_t BlobSpace::next_id(runtime::WallTime now) {
    const auto floor = static_cast<std::uint64_t>(now.time_since_epoch().count())
                       << kIdsPerMillisecondBits;
    const std::scoped_lock lock(mutex_);
    last_id_ = std::max(last_id_ + 1, floor);
    if (remembers_given_) {
        given_.insert(last_id_);
    }
    return last_id_;
}

std::optional<PageRange> BlobSpace::allocate(std::uint32_t pages, bool may_grow) {
    const std::scoped_lock lock(mutex_);
    auto range = map_.allocate(pages);
    if (!range && may_grow && pages <= map_.pages_per_segment()) {
        map_.add_segment();
        range = map_.allocate(pages);
    }
    return range;
}

void BlobSpace::free(const PageRange& range) {
    const std::scoped_lock lock(mutex_);
    map_.free(range);
}

std::shared_ptr<void> BlobSpace::pin(const BlobLayout& blob) {
    const std::scoped_lock lock(mutex_);
    auto& [count, ranges] = pins_[blob.id];
    ++count;
    if (ranges.empty()) {
        ranges = blob.ranges();
    }
    return {this, [self = shared_from_this(), id = blob.id](void*) { self->unpin(id); }};
}

void BlobSpace::unpin(std::uint64_t id) {
    const std::scoped_lock lock(mutex_);
    const auto found = pins_.find(id);
    CHECK(found != pins_.end());
    if (--found->second.first == 0) {
        pins_.erase(found);
    }
}

bool BlobSpace::remove(const BlobLayout& blob, runtime::Instant now) {
    const std::scoped_lock lock(mutex_);
    if (!removed_.insert(blob.id)) {
        return false;
    }
    ++changes_;
    // The caller may still hold the ref from before the blob was completed; its copies are on their
    // way out already.
    std::vector<PageRange> ranges =
        completed_.ids.contains(blob.id) ? main_ranges(blob) : blob.ranges();
    leaving_.push_back({blob.id, std::move(ranges), now + options_.grace});
    return true;
}

bool BlobSpace::was_removed(std::uint64_t id) const {
    const std::scoped_lock lock(mutex_);
    return removed_.ids.contains(id);
}

bool BlobSpace::is_stale(const BlobLayout& blob) const {
    const std::scoped_lock lock(mutex_);
    return removed_.ids.contains(blob.id) ||
           (blob.is_degraded() && completed_.ids.contains(blob.id));
}

std::uint64_t BlobSpace::changes() const {
    const std::scoped_lock lock(mutex_);
    return changes_;
}

void BlobSpace::drop_extra(const BlobLayout& blob, runtime::Instant now) {
    const std::scoped_lock lock(mutex_);
    if (completed_.insert(blob.id)) {
        ++changes_;
        leaving_.push_back({blob.id, extra_ranges(blob), now + options_.grace});
    }
}

std::vector<std::uint32_t> BlobSpace::reap(runtime::Instant now) {
    const std::scoped_lock lock(mutex_);
    if (rebuilding_) {
        return {};
    }
    // Due times grow from front to back, but a pinned blob must not hold up those behind it.
    std::deque<Leaving> pinned;
    while (!leaving_.empty() &&
           (leaving_.front().due <= now || leaving_.size() > options_.quarantine_max)) {
        Leaving one = std::move(leaving_.front());
        leaving_.pop_front();
        if (pins_.contains(one.id)) {
            pinned.push_back(std::move(one));
            continue;
        }
        for (const PageRange& range : one.ranges) {
            map_.free(range);
        }
    }
    leaving_.insert(leaving_.begin(),
                    std::make_move_iterator(pinned.begin()),
                    std::make_move_iterator(pinned.end()));
    return map_.drop_free_segments(options_.free_segments_reserve);
}

void BlobSpace::begin_rebuild(const std::vector<std::uint32_t>& existing) {
    const std::scoped_lock lock(mutex_);
    rebuilding_ = true;
    remembers_given_ = true;
    map_.begin_rebuild(existing);
}

bool BlobSpace::mark_live(const BlobLayout& blob) {
    const std::scoped_lock lock(mutex_);
    last_id_ = std::max(last_id_, blob.id);
    for (const PageRange& range : blob.ranges()) {
        map_.mark_live(range);
    }
    return !given_.contains(blob.id);
}

void BlobSpace::all_marked() {
    const std::scoped_lock lock(mutex_);
    remembers_given_ = false;
    given_.clear();
}

void BlobSpace::finish_rebuild() {
    const std::scoped_lock lock(mutex_);
    // Removed or still read: their space is given back by reap(), not here.
    for (const Leaving& one : leaving_) {
        for (const PageRange& range : one.ranges) {
            map_.mark_live(range);
        }
    }
    for (const auto& [id, pin] : pins_) {
        for (const PageRange& range : pin.second) {
            map_.mark_live(range);
        }
    }
    map_.finish_rebuild();
    rebuilding_ = false;
}

bool BlobSpace::knows_segment(std::uint32_t segment) const {
    const std::scoped_lock lock(mutex_);
    return map_.knows(segment);
}

std::uint64_t BlobSpace::free_bytes() const {
    const std::scoped_lock lock(mutex_);
    return map_.free_pages() * kPageBytes;
}

std::uint64_t BlobSpace::used_bytes() const {
    const std::scoped_lock lock(mutex_);
    return (map_.total_pages() - map_.free_pages()) * kPageBytes;
}

std::size_t BlobSpace::quarantined() const {
    const std::scoped_lock lock(mutex_);
    return leaving_.size();
}

}  // namespace antipode::blob
