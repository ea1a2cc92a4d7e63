#pragma once

#include <coroutine>

#include "runtime/executor.h"

namespace antipode::runtime {

/// `co_await sleep_for(250ms)` on the current executor. Not cancellable: for waits that may be cut
/// short use OneShot with a timer (wait_until in deadline.h).
inline auto sleep_for(Duration delay) {
    struct Awaiter {
        Duration delay;

        [[nodiscard]] bool await_ready() const { return delay <= Duration::zero(); }

        void await_suspend(std::coroutine_handle<> awaiting) const {
            Executor::current().post_after(delay, [awaiting] { awaiting.resume(); });
        }

        void await_resume() const {}
    };

    return Awaiter{delay};
}

/// `co_await resume_on(executor)`: the rest of the coroutine runs there.
inline auto resume_on(Executor& executor) {
    struct Awaiter {
        Executor* executor;

        [[nodiscard]] bool await_ready() const { return false; }

        void await_suspend(std::coroutine_handle<> awaiting) const {
            executor->post([awaiting] { awaiting.resume(); });
        }

        void await_resume() const {}
    };

    return Awaiter{&executor};
}

}  // namespace antipode::runtime
