#pragma once

#include <chrono>
#include <future>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "runtime/executor.h"
#include "runtime/sim_executor.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

namespace antipode::runtime {

namespace detail {

template <typename T>
Task<void> store(Task<T> task, std::optional<T>* result) {
    result->emplace(co_await task);
}

}  // namespace detail

/// Runs `task` on `executor` and blocks the calling thread until it has ended and its frame is
/// gone. For main and tests; never from the executor's own thread.
template <typename T>
T run_to_end(Executor& executor, Task<T> task) {
    std::promise<void> ended;
    std::future<void> future = ended.get_future();
    if constexpr (std::is_void_v<T>) {
        start(executor, std::move(task), [&ended] { ended.set_value(); });
        future.get();
    } else {
        std::optional<T> result;
        start(executor, detail::store(std::move(task), &result), [&ended] { ended.set_value(); });
        future.get();
        return std::move(*result);
    }
}

/// The same in simulated time, on an executor of that simulation: CHECKs that it ends within
/// `limit` of it. What else goes on stands still when it has ended.
template <typename T>
T run_to_end(SimExecutor& time,
             Executor& executor,
             Task<T> task,
             Duration limit = std::chrono::hours(1)) {
    bool has_ended = false;
    const auto note_end = [&has_ended] { has_ended = true; };
    const auto is_over = [&has_ended] { return has_ended; };
    if constexpr (std::is_void_v<T>) {
        start(executor, std::move(task), note_end);
        CHECK(time.run_until(is_over, limit));
    } else {
        std::optional<T> result;
        start(executor, detail::store(std::move(task), &result), note_end);
        CHECK(time.run_until(is_over, limit));
        return std::move(*result);
    }
}

template <typename T>
T run_to_end(SimExecutor& executor, Task<T> task) {
    return run_to_end(executor, executor, std::move(task));
}

}  // namespace antipode::runtime
