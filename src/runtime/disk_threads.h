#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "runtime/executor.h"
#include "runtime/one_shot.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// Threads for calls to one disk, which may hang for ever. Unlike ThreadPool it has a bounded queue
/// and can be left behind: stop() waits only so long. Therefore what is posted must own
/// (shared_ptr) all it touches. In a simulation with threads (sim_threads.h) they are among those,
/// and stop() has no patience on its executor.
class DiskThreads {
  public:
    /// `name` is shown by ps -T (at most 15 characters). Beyond `queued_max` waiting pieces of work
    /// post() refuses.
    DiskThreads(std::string name, std::size_t threads, std::size_t queued_max);
    /// Stops with a patience of 1 s when nobody has.
    ~DiskThreads();
    DiskThreads(const DiskThreads&) = delete;
    DiskThreads& operator=(const DiskThreads&) = delete;

    /// Any thread. False when the queue is full or the threads are stopping; `work` is then
    /// dropped.
    bool post(Work work);
    [[nodiscard]] std::size_t queued() const;

    /// Drops what is queued and waits at most `patience` for what runs. False when a thread hangs:
    /// it is left behind and ends by itself if its call ever returns. Idempotent. Not from these
    /// threads.
    bool stop(Duration patience);

    /// Takes no more work and waits for none: what is queued still runs.
    void let_finish();

    /// Runs `function` (returning a Result) on a thread; Unavailable when the queue is full or the
    /// threads are stopping. The coroutine waits until the call returns, however long: race it with
    /// a timer where that matters.
    template <typename Function>
    auto run(Function function) -> Task<std::invoke_result_t<Function&>> {
        using R = std::invoke_result_t<Function&>;
        const OneShot<R> done;
        // The guard answers when the work is dropped from the queue unrun.
        const bool is_posted =
            post([guard = Answer<R>(done), function = std::move(function)]() mutable {
                guard.shot.set(function());
            });
        if (!is_posted) {
            co_return fail(ErrorCode::Unavailable, "too much work is waiting for this disk");
        }
        co_return co_await done.wait();
    }

  private:
    template <typename R>
    struct Answer {
        explicit Answer(OneShot<R> to) : shot(std::move(to)) {}

        Answer(Answer&& other) noexcept
            : shot(other.shot), is_owner(std::exchange(other.is_owner, false)) {}

        Answer(const Answer&) = delete;
        Answer& operator=(const Answer&) = delete;
        Answer& operator=(Answer&&) = delete;

        ~Answer() {
            if (is_owner) {
                shot.set(fail(ErrorCode::Unavailable, "the threads of this disk have stopped"));
            }
        }

        OneShot<R> shot;
        bool is_owner = true;
    };

    struct State;
    static void work(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

/// Asks the kernel to run the calling thread soon after it wakes, for threads that mostly wait for
/// a flush (a short EEVDF slice; kernel 6.12 or later, no privilege needed). Best effort.
void ask_for_short_slice();

}  // namespace antipode::runtime
