#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "runtime/executor.h"
#include "runtime/one_shot.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// Threads for CPU work over about a millisecond and for calls that block (files, RocksDB, argon2).
class ThreadPool {
  public:
    /// `name` is shown by ps -T (at most 15 characters).
    ThreadPool(std::string name, std::size_t threads);
    /// Runs what is queued, then joins.
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    /// Any thread.
    void post(Work work);
    [[nodiscard]] std::size_t queued() const;

    /// Runs `function` on the pool; the awaiting coroutine resumes on its own executor with the
    /// result. `function` must not throw. What it captures by reference must outlive the await.
    template <typename Function>
    auto run(Function function) -> Task<std::invoke_result_t<Function&>> {
        using R = std::invoke_result_t<Function&>;
        if constexpr (std::is_void_v<R>) {
            OneShot<bool> done;
            post([done, function = std::move(function)]() mutable {
                function();
                done.set(true);
            });
            co_await done.wait();
        } else {
            OneShot<R> done;
            post([done, function = std::move(function)]() mutable { done.set(function()); });
            co_return co_await done.wait();
        }
    }

  private:
    void work();

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

/// Blocks the calling thread: for threads that may (start-up, a zone's own), never on an executor.
void block_this_thread(Duration delay);

/// Gives the calling thread a name (at most 15 characters).
void name_this_thread(const std::string& name);

}  // namespace antipode::runtime
