#include "runtime/disk_threads.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include "runtime/disk_condition.h"
#include "runtime/sim_threads.h"
#include "runtime/thread_pool.h"

namespace antipode::runtime {

struct DiskThreads::State {
    std::mutex mutex;
    DiskCondition wake;
    DiskCondition ended;
    std::deque<Work> queue;
    std::size_t queued_max = 0;
    std::size_t running = 0;
    bool is_stopping = false;
};

DiskThreads::DiskThreads(std::string name, std::size_t threads, std::size_t queued_max)
    : state_(std::make_shared<State>()) {
    state_->queued_max = queued_max;
    state_->running = threads;
    for (std::size_t i = 0; i < threads; ++i) {
        if (SimThreads* simulated = SimThreads::ambient()) {
            simulated->spawn(name, [state = state_] { work(state); });
            continue;
        }
        std::thread([state = state_, name] {
            name_this_thread(name);
            work(state);
        }).detach();
    }
}

DiskThreads::~DiskThreads() {
    bool is_stopping = false;
    {
        const std::scoped_lock lock(state_->mutex);
        is_stopping = state_->is_stopping;
    }
    if (!is_stopping) {
        stop(std::chrono::seconds(1));
    }
}

bool DiskThreads::post(Work work) {
    {
        const std::scoped_lock lock(state_->mutex);
        if (state_->is_stopping || state_->queue.size() >= state_->queued_max) {
            return false;
        }
        state_->queue.push_back(std::move(work));
    }
    state_->wake.notify_one();
    return true;
}

std::size_t DiskThreads::queued() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->queue.size();
}

bool DiskThreads::stop(Duration patience) {
    std::deque<Work> dropped;  // Destroyed outside the lock: its answers run code of others.
    std::unique_lock lock(state_->mutex);
    state_->is_stopping = true;
    dropped.swap(state_->queue);
    state_->wake.notify_all();
    return state_->ended.wait_for(lock, patience, [this] { return state_->running == 0; });
}

void DiskThreads::let_finish() {
    const std::scoped_lock lock(state_->mutex);
    state_->is_stopping = true;
    state_->wake.notify_all();
}

void DiskThreads::work(const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    while (true) {
        state->wake.wait(lock, [&] { return state->is_stopping || !state->queue.empty(); });
        if (state->queue.empty()) {
            break;
        }
        {
            Work next = std::move(state->queue.front());
            state->queue.pop_front();
            lock.unlock();
            next();
        }
        lock.lock();
    }
    --state->running;
    state->ended.notify_all();
}

void ask_for_short_slice() {
#ifdef SYS_sched_setattr
    struct Attributes {  // struct sched_attr of linux/sched/types.h, first version.
        std::uint32_t size = sizeof(Attributes);
        std::uint32_t policy = 0;  // SCHED_OTHER
        std::uint64_t flags = 0;
        std::int32_t nice = 0;
        std::uint32_t priority = 0;
        std::uint64_t runtime = 100'000;  // Nanoseconds, the kernel's minimum.
        std::uint64_t deadline = 0;
        std::uint64_t period = 0;
    };

    Attributes attributes;
    static_cast<void>(::syscall(SYS_sched_setattr, 0, &attributes, 0));
#endif
}

}  // namespace antipode::runtime
