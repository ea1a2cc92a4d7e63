#pragma once

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/deadline.h"
#include "runtime/one_shot.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// "Something has happened": wakes all who wait. A waiter names the count it has seen, so nothing
/// is missed between looking and waiting. Threads: any.
class Signal {
  public:
    void raise() {
        std::vector<OneShot<Result<bool>>> waiters;
        {
            const std::scoped_lock lock(mutex_);
            ++count_;
            waiters.swap(waiters_);
        }
        for (const auto& waiter : waiters) {
            waiter.set(true);
        }
    }

    [[nodiscard]] std::uint64_t count() const {
        const std::scoped_lock lock(mutex_);
        return count_;
    }

    /// Returns once the count is beyond `seen` or `patience` has passed.
    Task<void> wait_beyond(std::uint64_t seen, Duration patience) {
        const OneShot<Result<bool>> turn;
        {
            const std::scoped_lock lock(mutex_);
            if (count_ > seen) {
                co_return;
            }
            // Waiters that timed out stay until the next raise; many timeouts without one would
            // pile up.
            std::erase_if(waiters_, [](const auto& waiter) { return waiter.is_set(); });
            waiters_.push_back(turn);
        }
        static_cast<void>(co_await wait_for(turn, patience));
    }

  private:
    mutable std::mutex mutex_;
    std::uint64_t count_ = 0;
    std::vector<OneShot<Result<bool>>> waiters_;
};

}  // namespace antipode::runtime
