#include "catalog/hybrid_clock.h"

#include <algorithm>

namespace antipode::catalog {

Hlc HybridClock::tick(std::int64_t wall_ms) {
    const std::scoped_lock lock(mutex_);
    last_ = std::max(last_ + 1, hlc_from_ms(wall_ms));
    return last_;
}

void HybridClock::observe(Hlc seen) {
    const std::scoped_lock lock(mutex_);
    last_ = std::max(last_, seen);
}

}  // namespace antipode::catalog
