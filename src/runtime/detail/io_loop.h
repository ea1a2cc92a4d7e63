#pragma once

#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/detail/idle_wheel.h"
#include "runtime/executor.h"

namespace antipode::runtime {

/// One thread's io_context as an Executor, with the idle wheel of its connections.
class IoLoop final : public Executor {
  public:
    IoLoop();
    ~IoLoop() override;

    void post(Work work) override;
    TimerId post_after(Duration delay, Work work) override;
    void cancel(TimerId timer) override;

    [[nodiscard]] Instant now() const override { return std::chrono::steady_clock::now(); }

    [[nodiscard]] WallTime wall_now() const override;

    /// Runs until stop(); from the thread that is this executor's own.
    void run();

    /// Any thread.
    void stop() { io_.stop(); }

    [[nodiscard]] boost::asio::io_context& io() { return io_; }

    [[nodiscard]] IdleWheel& idle_wheel() { return idle_wheel_; }

  private:
    void run_posted();
    void arm(Instant at);
    void run_timers();
    void tick();

    boost::asio::io_context io_;
    IdleWheel idle_wheel_;
    Instant started_ = std::chrono::steady_clock::now();

    std::mutex mutex_;
    std::vector<Work> posted_;
    /// The batch being run; a member so that its memory is used again.
    std::vector<Work> running_;

    boost::asio::steady_timer timer_;
    Instant armed_for_ = Instant::max();
    TimerId next_timer_ = 1;
    std::map<std::pair<Instant, TimerId>, Work> timers_;
    std::unordered_map<TimerId, Instant> due_;
};

}  // namespace antipode::runtime
