#include "runtime/disk_condition.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"
#include "runtime/clock.h"
#include "runtime/sim_threads.h"

namespace antipode::runtime {

struct DiskCondition::Simulated {
    SimThreads& threads;
    std::vector<SimThreads::Stop> waiting;
};

DiskCondition::DiskCondition() {
    if (SimThreads* threads = SimThreads::ambient()) {
        simulated_ = std::make_unique<Simulated>(*threads);
    }
}

DiskCondition::~DiskCondition() = default;

Instant DiskCondition::now() {
    return steady_now();
}

void DiskCondition::notify_one() {
    if (!simulated_) {
        return real_.notify_one();
    }
    auto& waiting = simulated_->waiting;
    if (!waiting.empty()) {
        const auto chosen =
            waiting.begin() +
            static_cast<std::ptrdiff_t>(simulated_->threads.executor().random() % waiting.size());
        const SimThreads::Stop stop = *chosen;
        waiting.erase(chosen);
        simulated_->threads.wake(stop);
    }
}

void DiskCondition::notify_all() {
    if (!simulated_) {
        return real_.notify_all();
    }
    for (const SimThreads::Stop& stop : std::exchange(simulated_->waiting, {})) {
        simulated_->threads.wake(stop);
    }
}

bool DiskCondition::wait_once(std::unique_lock<std::mutex>& lock, std::optional<Instant> end) {
    if (!simulated_) {
        if (!end) {
            real_.wait(lock);
            return true;
        }
        return real_.wait_until(lock, *end) == std::cv_status::no_timeout;
    }
    if (!SimThreads::is_here()) {
        CHECK(end.has_value());
        return false;
    }
    if (end && *end <= now()) {
        return false;  // Who has no patience may hold a mutex of others.
    }
    const SimThreads::Stop stop = SimThreads::next_stop();
    simulated_->waiting.push_back(stop);
    lock.unlock();
    bool is_in_time = true;
    if (end) {
        is_in_time = simulated_->threads.park_for(*end - now());
    } else {
        simulated_->threads.park();
    }
    lock.lock();
    if (!is_in_time) {
        std::erase_if(simulated_->waiting, [&](const SimThreads::Stop& one) {
            return one.thread == stop.thread && one.number == stop.number;
        });
    }
    return is_in_time;
}

}  // namespace antipode::runtime
