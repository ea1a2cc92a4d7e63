#include "runtime/detail/io_loop.h"

#include <algorithm>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace antipode::runtime {

// Concurrency hint 1: one thread runs it, others only post.
IoLoop::IoLoop() : io_(1), timer_(io_) {}

IoLoop::~IoLoop() = default;

// Posts are collected and run in batches: a burst from other threads then costs one wake-up and no
// allocation each.
void IoLoop::post(Work work) {
    bool is_first = false;
    {
        const std::scoped_lock lock(mutex_);
        is_first = posted_.empty();
        posted_.push_back(std::move(work));
    }
    if (is_first) {
        boost::asio::post(io_, [this] { run_posted(); });
    }
}

void IoLoop::run_posted() {
    {
        const std::scoped_lock lock(mutex_);
        running_.swap(posted_);
    }
    for (Work& work : running_) {
        work();
    }
    running_.clear();
}

Executor::TimerId IoLoop::post_after(Duration delay, Work work) {
    const TimerId id = next_timer_++;
    const Instant at = now() + std::max(delay, Duration::zero());
    timers_.emplace(std::pair(at, id), std::move(work));
    due_.emplace(id, at);
    if (at < armed_for_) {
        arm(at);
    }
    return id;
}

void IoLoop::cancel(TimerId timer) {
    const auto found = due_.find(timer);
    if (found != due_.end()) {
        // The system's timer stays armed: an early wake-up is cheaper than arming it anew.
        timers_.erase({found->second, timer});
        due_.erase(found);
    }
}

void IoLoop::arm(Instant at) {
    armed_for_ = at;
    timer_.expires_at(at);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            run_timers();
        }
    });
}

void IoLoop::run_timers() {
    armed_for_ = Instant::max();
    const Instant end = now();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
        auto node = timers_.extract(timers_.begin());
        due_.erase(node.key().second);
        node.mapped()();
    }
    if (!timers_.empty() && timers_.begin()->first.first < armed_for_) {
        arm(timers_.begin()->first.first);
    }
}

WallTime IoLoop::wall_now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

void IoLoop::tick() {
    idle_wheel_.advance(now() - started_);
    post_after(IdleWheel::kTick, [this] { tick(); });
}

void IoLoop::run() {
    const Scope scope(*this);
    const auto guard = boost::asio::make_work_guard(io_);
    tick();
    io_.run();
}

}  // namespace antipode::runtime
