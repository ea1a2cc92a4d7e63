#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/executor.h"

namespace antipode::runtime {

/// One thread, simulated time, order of ready work drawn from a seed: the same seed gives the same
/// run and the same trace_hash on any machine. For tests and sim/. Work that another thread posts
/// could come at any moment: it is CHECKed that post() runs on the thread that made this, or on the
/// one that it is entrusted to.
class SimExecutor final : public Executor {
  public:
    /// `shuffle` false keeps the order of posting.
    explicit SimExecutor(std::uint64_t seed, bool shuffle = true);

    void post(Work work) override;
    TimerId post_after(Duration delay, Work work) override;
    void cancel(TimerId timer) override;

    [[nodiscard]] Instant now() const override { return now_; }

    [[nodiscard]] WallTime wall_now() const override;

    /// Makes civil time jump; monotonic time does not.
    void jump_wall_clock(std::chrono::milliseconds by) { wall_offset_ += by; }

    /// Runs ready work and advances time to the next timer until nothing is left or `limit`
    /// simulated time has passed.
    void run(Duration limit = std::chrono::hours(1));
    /// The same until `done` holds, which is asked after every step; false: it never did.
    bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::hours(1));
    /// Runs what is ready now, moves no clock.
    void run_ready();

    /// From now on `thread` may post, and no other: SimThreads.
    void entrust(std::thread::id thread) { owner_ = thread; }

    /// Next draw of the seeded generator (splitmix64).
    std::uint64_t random() override;

    std::uint64_t entropy() override { return random(); }

    /// Changes with every step taken: which work ran, when.
    [[nodiscard]] std::uint64_t trace_hash() const { return trace_; }

  private:
    struct Ready {
        std::uint64_t id;
        Work work;
    };

    void step();

    std::thread::id owner_ = std::this_thread::get_id();
    std::uint64_t state_;
    bool shuffle_;
    Instant now_{};
    std::chrono::milliseconds wall_offset_{};
    std::uint64_t next_id_ = 1;
    std::uint64_t trace_ = 0;
    std::vector<Ready> ready_;
    std::map<std::pair<Instant, TimerId>, Work> timers_;
};

}  // namespace antipode::runtime
