#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace antipode::runtime {

using Duration = std::chrono::nanoseconds;
/// Monotonic time of one executor; never compared between processes.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;
/// Milliseconds of civil time (UTC); may jump, is never used to order or to time out.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

using Work = std::move_only_function<void()>;

/// Where coroutines run: one thread's (or the simulator's) queue of work with timers.
///
/// Threads: post may be called from any thread; everything else from the executor's own thread.
class Executor {
  public:
    using TimerId = std::uint64_t;

    Executor() = default;
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    virtual ~Executor() = default;

    /// Runs `work` later on this executor, in the order of posting.
    virtual void post(Work work) = 0;
    /// Runs `work` once `delay` has passed, unless cancelled before.
    virtual TimerId post_after(Duration delay, Work work) = 0;
    /// No effect when the timer has fired or is unknown.
    virtual void cancel(TimerId timer) = 0;
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
    /// 64 evenly spread bits; from the seed in a simulation. Not for secrets
    /// (crypto/random_bytes.h).
    virtual std::uint64_t random();
    /// 64 bits of the system's entropy; from the seed in a simulation. For names that must never
    /// come twice, in any process.
    virtual std::uint64_t entropy();

    /// The executor that runs the calling code. CHECKs that there is one.
    static Executor& current();
    /// Null outside any executor.
    static Executor* current_or_null();

    /// Held by a run loop while it runs work.
    class Scope {
      public:
        explicit Scope(Executor& executor);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        Executor* previous_;
    };
};

/// The current executor's random(), or the process's own outside any executor.
std::uint64_t random_bits();

}  // namespace antipode::runtime
