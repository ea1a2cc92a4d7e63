#include "runtime/detail/idle_wheel.h"

#include <algorithm>

namespace antipode::runtime {

void IdleWheel::watch(Entry& entry, Duration limit) {
    if (entry.is_linked()) {
        entry.unlink();
    }
    moved(entry);
    if (limit > Duration::zero()) {
        // One more, because the tick in which it moved last may be nearly over.
        entry.limit_ticks_ = static_cast<std::uint64_t>((limit + kTick - Duration(1)) / kTick) + 1;
        link(entry);
    }
}

void IdleWheel::link(Entry& entry) {
    // Beyond the horizon it is looked at early and linked again.
    const std::uint64_t due = std::min(entry.last_moved_ + entry.limit_ticks_, now_ + kSlots - 1);
    slots_[std::max(due, now_ + 1) % kSlots].push_back(entry);
}

void IdleWheel::advance(Duration since_start) {
    const auto target = static_cast<std::uint64_t>(since_start / kTick);
    while (now_ < target) {
        ++now_;
        check_slot();
    }
}

void IdleWheel::check_slot() {
    List due;
    due.swap(slots_[now_ % kSlots]);
    while (!due.empty()) {
        Entry& entry = due.front();
        due.pop_front();
        if (!entry.is_waiting()) {
            moved(entry);
        } else if (entry.last_moved_ + entry.limit_ticks_ <= now_) {
            moved(entry);
            entry.timed_out();
        }
        link(entry);
    }
}

}  // namespace antipode::runtime
