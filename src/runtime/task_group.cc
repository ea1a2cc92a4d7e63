#include "runtime/task_group.h"

#include <mutex>
#include <optional>

#include "runtime/one_shot.h"

namespace antipode::runtime {

namespace {

/// A coroutine that owns itself: it starts when resumed and frees its frame at its end.
struct Detached {
    struct promise_type {
        Detached get_return_object() noexcept {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }

        [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }

        [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }

        void return_void() const noexcept {}

        // What ends here has no caller to tell; rooms turn failures into values long before.
        void unhandled_exception() const noexcept { std::terminate(); }
    };

    std::coroutine_handle<promise_type> handle;
};

Detached run_detached(Task<void> task, Work done) {
    {
        const Task<void> owned = std::move(task);
        co_await owned;
    }
    done();
}

}  // namespace

void start(Executor& executor, Task<void> task, Work done) {
    const Detached detached = run_detached(std::move(task), std::move(done));
    executor.post([handle = detached.handle] { handle.resume(); });
}

struct TaskGroup::State {
    std::mutex mutex;
    std::size_t running = 0;
    std::optional<OneShot<bool>> joiner;
};

TaskGroup::TaskGroup() : state_(std::make_shared<State>()) {}

TaskGroup::~TaskGroup() {
    CHECK(running() == 0);
}

void TaskGroup::spawn(Executor& executor, Task<void> task) {
    {
        const std::scoped_lock lock(state_->mutex);
        ++state_->running;
    }
    start(executor, std::move(task), [state = state_] {
        const std::scoped_lock lock(state->mutex);
        --state->running;
        if (state->running == 0 && state->joiner) {
            state->joiner->set(true);
            state->joiner.reset();
        }
    });
}

Task<void> TaskGroup::join() {
    OneShot<bool> empty;
    {
        const std::scoped_lock lock(state_->mutex);
        if (state_->running == 0) {
            co_return;
        }
        CHECK(!state_->joiner);
        state_->joiner = empty;
    }
    co_await empty.wait();
}

std::size_t TaskGroup::running() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->running;
}

}  // namespace antipode::runtime
