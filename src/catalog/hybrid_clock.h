#pragma once

#include <mutex>

#include "model/version_order.h"

namespace antipode::catalog {

/// Hands out HLC values: never twice the same, never smaller than one observed. Threads: any.
class HybridClock {
  public:
    /// A value after all earlier ones, at or after `wall_ms`.
    Hlc tick(std::int64_t wall_ms);
    /// Later ticks will be greater than `seen`.
    void observe(Hlc seen);

  private:
    std::mutex mutex_;
    Hlc last_ = 0;
};

}  // namespace antipode::catalog
