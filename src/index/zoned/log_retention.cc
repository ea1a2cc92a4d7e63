#include "index/zoned/log_retention.h"

#include <algorithm>

namespace antipode::index {

void LogRetention::note_flushed(std::size_t zone, std::uint64_t position) {
    const std::scoped_lock lock(mutex_);
    needs_.at(zone) = {.kind = Kind::Here, .position = position};
}

void LogRetention::note_absent(std::size_t zone) {
    const std::scoped_lock lock(mutex_);
    needs_.at(zone).kind = Kind::Absent;
}

void LogRetention::hold(std::size_t zone, std::uint64_t position) {
    const std::scoped_lock lock(mutex_);
    needs_.at(zone) = {.kind = Kind::Held, .position = position};
}

std::uint64_t LogRetention::keep_from(std::uint64_t tail) const {
    const std::scoped_lock lock(mutex_);
    std::uint64_t from = tail;
    for (const Need& need : needs_) {
        if (need.kind != Kind::Absent || tail - need.position <= absent_bytes_max_) {
            from = std::min(from, need.position);
        }
    }
    return from;
}

}  // namespace antipode::index
