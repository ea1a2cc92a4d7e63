#include "runtime/sim_executor.h"

#include <algorithm>

#include "base/check.h"

namespace antipode::runtime {

namespace {

std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
}

// 2026-01-01T00:00:00Z: simulated civil time starts there so that dates in traces look like dates.
constexpr std::chrono::milliseconds kEpoch{1767225600000};

}  // namespace

SimExecutor::SimExecutor(std::uint64_t seed, bool shuffle) : state_(seed), shuffle_(shuffle) {}

std::uint64_t SimExecutor::random() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return mix(state_);
}

void SimExecutor::post(Work work) {
    CHECK(std::this_thread::get_id() == owner_);
    ready_.push_back({next_id_++, std::move(work)});
}

Executor::TimerId SimExecutor::post_after(Duration delay, Work work) {
    const TimerId id = next_id_++;
    timers_.emplace(std::pair(now_ + std::max(delay, Duration::zero()), id), std::move(work));
    return id;
}

void SimExecutor::cancel(TimerId timer) {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
}

WallTime SimExecutor::wall_now() const {
    return WallTime(kEpoch +
                    std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()) +
                    wall_offset_);
}

/// Runs one of what is ready.
void SimExecutor::step() {
    const Scope scope(*this);
    const std::size_t pick = shuffle_ ? random() % ready_.size() : 0;
    Ready chosen = std::move(ready_[pick]);
    ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(pick));
    trace_ =
        mix(trace_ ^ mix(chosen.id) ^ static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    chosen.work();
}

void SimExecutor::run_ready() {
    while (!ready_.empty()) {
        step();
    }
}

void SimExecutor::run(Duration limit) {
    run_until([] { return false; }, limit);
}

bool SimExecutor::run_until(const std::function<bool()>& done, Duration limit) {
    const Instant end = now_ + limit;
    while (!done()) {
        if (!ready_.empty()) {
            step();
            continue;
        }
        if (timers_.empty() || timers_.begin()->first.first > end) {
            return false;
        }
        auto node = timers_.extract(timers_.begin());
        now_ = node.key().first;
        ready_.push_back({node.key().second, std::move(node.mapped())});
    }
    return true;
}

}  // namespace antipode::runtime
