#include "zone/zone_watch.h"

#include <algorithm>

#include "runtime/clock.h"

namespace antipode::zone {

namespace {

/// Never 0, which marks a free slot.
std::int64_t now_ns() {
    return std::max<std::int64_t>(1, runtime::steady_now().time_since_epoch().count());
}

}  // namespace

std::optional<std::size_t> ZoneWatch::begin() {
    const std::int64_t now = now_ns();
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
        std::int64_t is_free = 0;
        if (started_[slot].load(std::memory_order_relaxed) == 0 &&
            started_[slot].compare_exchange_strong(is_free, now)) {
            return slot;
        }
    }
    return std::nullopt;
}

void ZoneWatch::end(std::size_t slot) {
    started_[slot].store(0);
}

runtime::Duration ZoneWatch::pending_for() const {
    std::int64_t oldest = 0;
    for (const std::atomic<std::int64_t>& slot : started_) {
        const std::int64_t started = slot.load();
        if (started != 0 && (oldest == 0 || started < oldest)) {
            oldest = started;
        }
    }
    return runtime::Duration(oldest == 0 ? 0 : std::max<std::int64_t>(0, now_ns() - oldest));
}

void ZoneWatch::report_failure(const Error& error) {
    // Called under the lock, so that disconnect() returns only when nobody is inside.
    const std::scoped_lock lock(mutex_);
    if (on_failure_) {
        on_failure_(error);
    }
}

void ZoneWatch::disconnect() {
    const std::scoped_lock lock(mutex_);
    on_failure_ = nullptr;
}

}  // namespace antipode::zone
