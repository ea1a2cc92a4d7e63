#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/sleep.h"
#include "runtime/task.h"

namespace antipode::blob {

/// Spreads background work over time. For the tasks of one executor.
class Throttle {
  public:
    explicit Throttle(std::uint64_t bytes_per_second)
        : bytes_per_second_(std::max<std::uint64_t>(1, bytes_per_second)) {}

    /// Returns when so many bytes may be moved.
    Task<void> take(std::uint64_t bytes) {
        const runtime::Instant now = runtime::Executor::current().now();
        const runtime::Instant start = std::max(now, free_at_);
        const double seconds = static_cast<double>(bytes) / static_cast<double>(bytes_per_second_);
        free_at_ = start + std::chrono::duration_cast<runtime::Duration>(
                               std::chrono::duration<double>(seconds));
        co_await runtime::sleep_for(start - now);
    }

  private:
    std::uint64_t bytes_per_second_;
    runtime::Instant free_at_{};
};

}  // namespace antipode::blob
