#pragma once

#include <coroutine>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "runtime/executor.h"

namespace antipode::runtime {

/// One value from any thread to one waiting coroutine, which resumes on its own executor. Copies
/// share the value; the first set() wins, so a result and a timeout may race for it.
template <typename T>
class OneShot {
  public:
    OneShot() : state_(std::make_shared<State>()) {}

    /// Returns false when a value was there already. Any thread.
    bool set(T value) const {
        std::coroutine_handle<> waiter;
        Executor* executor = nullptr;
        {
            const std::scoped_lock lock(state_->mutex);
            if (state_->is_set) {
                return false;
            }
            state_->is_set = true;
            state_->value.emplace(std::move(value));
            waiter = std::exchange(state_->waiter, nullptr);
            executor = state_->executor;
        }
        if (waiter) {
            executor->post([waiter] { waiter.resume(); });
        }
        return true;
    }

    [[nodiscard]] bool is_set() const {
        const std::scoped_lock lock(state_->mutex);
        return state_->is_set;
    }

    /// `co_await shot.wait()`: at most once.
    auto wait() const {
        struct Awaiter {
            std::shared_ptr<State> state;

            [[nodiscard]] bool await_ready() const {
                const std::scoped_lock lock(state->mutex);
                return state->is_set;
            }

            bool await_suspend(std::coroutine_handle<> awaiting) const {
                const std::scoped_lock lock(state->mutex);
                if (state->is_set) {
                    return false;
                }
                CHECK(!state->waiter);
                state->executor = &Executor::current();
                state->waiter = awaiting;
                return true;
            }

            T await_resume() const {
                const std::scoped_lock lock(state->mutex);
                return std::move(*state->value);
            }
        };

        return Awaiter{state_};
    }

  private:
    struct State {
        std::mutex mutex;
        bool is_set = false;
        std::optional<T> value;
        std::coroutine_handle<> waiter;
        Executor* executor = nullptr;
    };

    std::shared_ptr<State> state_;
};

}  // namespace antipode::runtime
