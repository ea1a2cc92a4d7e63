#include "runtime/sim_threads.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/check.h"
#include "runtime/disk_threads.h"
#include "runtime/thread_pool.h"

namespace antipode::runtime {

namespace {

thread_local SimThreads* ambient_threads = nullptr;
thread_local SimThreads::Thread* this_thread = nullptr;

/// One may pass for each release. Not std::binary_semaphore, which yields the processor a few times
/// before it sleeps: on a busy machine that costs a hundred times as much.
class Gate {
  public:
    void release() {
        {
            const std::scoped_lock lock(mutex_);
            is_open_ = true;
        }
        opened_.notify_one();
    }

    void acquire() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return is_open_; });
        is_open_ = false;
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool is_open_ = false;
};

}  // namespace

struct SimThreads::Thread {
    std::thread thread;
    std::weak_ptr<Thread> self;
    Gate turn;                      ///< It has the baton.
    Gate back;                      ///< It has given it back.
    std::uint64_t stop_number = 0;  ///< Of the stop where it is, or of the next one.
    bool is_parked = false;
    bool is_late = false;  ///< It was woken by time.
    std::optional<Executor::TimerId> timer;
    bool has_ended = false;
};

SimThreads::SimThreads(SimExecutor& executor) : executor_(executor) {
    ambient_threads = this;
    // Much handing over between threads: each must not wait for a slice of what else the machine
    // does.
    ask_for_short_slice();
}

SimThreads::~SimThreads() {
    CHECK(running_ == 0);
    if (ambient_threads == this) {
        ambient_threads = nullptr;
    }
}

SimThreads* SimThreads::ambient() {
    return ambient_threads;
}

bool SimThreads::is_here() {
    return this_thread != nullptr;
}

void SimThreads::spawn(std::string name, Work body) {
    auto thread = std::make_shared<Thread>();
    thread->self = thread;
    ++running_;
    thread->thread =
        std::thread([this, thread, name = std::move(name), body = std::move(body)]() mutable {
            thread->turn.acquire();
            ambient_threads = this;
            this_thread = thread.get();
            name_this_thread(name);
            ask_for_short_slice();
            {
                const Executor::Scope scope(executor_);
                body();
                body = nullptr;
            }
            thread->has_ended = true;
            thread->back.release();
        });
    ready(thread);
}

void SimThreads::ready(const std::shared_ptr<Thread>& thread) {
    executor_.post([this, thread] { hand_over(thread); });
}

/// On the simulation's own thread.
void SimThreads::hand_over(const std::shared_ptr<Thread>& thread) {
    const std::thread::id here = std::this_thread::get_id();
    executor_.entrust(thread->thread.get_id());
    thread->turn.release();
    thread->back.acquire();
    executor_.entrust(here);
    if (thread->has_ended) {
        thread->thread.join();
        --running_;
    }
}

SimThreads::Stop SimThreads::next_stop() {
    CHECK(this_thread != nullptr);
    return {.thread = this_thread->self.lock(), .number = this_thread->stop_number};
}

void SimThreads::park() {
    Thread* const me = this_thread;
    CHECK(me != nullptr);
    me->is_parked = true;
    me->back.release();
    me->turn.acquire();
}

bool SimThreads::park_for(Duration patience) {
    Thread* const me = this_thread;
    CHECK(me != nullptr);
    me->is_late = false;
    me->timer = executor_.post_after(patience, [this, stop = next_stop()] {
        stop.thread->timer.reset();
        stop.thread->is_late = true;
        wake(stop);
    });
    park();
    return !me->is_late;
}

void SimThreads::wake(const Stop& stop) {
    Thread& thread = *stop.thread;
    if (!thread.is_parked || thread.stop_number != stop.number) {
        return;
    }
    if (thread.timer) {
        executor_.cancel(*thread.timer);
        thread.timer.reset();
    }
    thread.is_parked = false;
    ++thread.stop_number;
    ready(stop.thread);
}

}  // namespace antipode::runtime
