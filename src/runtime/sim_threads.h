#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "runtime/one_shot.h"
#include "runtime/sim_executor.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// The threads of a simulation: what blocks (disks above all) keeps its own stack, and yet one
/// thing runs at a time. Each is a thread of the system, but only who has the baton runs: the
/// simulation's own thread hands it over as a step of the executor, at a simulated time, in an
/// order drawn from the seed, and gets it back when the thread parks or ends. So mutexes are never
/// contended, as long as nobody parks while holding one (DiskMutex).
///
/// While this lives it is ambient on the thread that made it and on its own threads: DiskThreads,
/// DiskCondition, steady_now() and block_this_thread() are then simulated.
/// docs/decisions/0034-baton-threads.md
class SimThreads {
  public:
    explicit SimThreads(SimExecutor& executor);
    /// CHECKs that all have ended.
    ~SimThreads();
    SimThreads(const SimThreads&) = delete;
    SimThreads& operator=(const SimThreads&) = delete;

    /// Null outside simulations, and in those without threads.
    static SimThreads* ambient();

    /// Starts a thread that runs `body` once it is its turn. Any thread of the simulation.
    void spawn(std::string name, Work body);

    /// How many have not ended.
    [[nodiscard]] std::size_t running() const { return running_; }

    /// Whether the calling thread is one of these; else it must not park.
    static bool is_here();

    [[nodiscard]] Instant now() const { return executor_.now(); }

    [[nodiscard]] SimExecutor& executor() const { return executor_; }

    struct Thread;

    /// One stop of a thread, to be named when it is woken: a later stop is another.
    struct Stop {
        std::shared_ptr<Thread> thread;
        std::uint64_t number = 0;
    };

    /// Of the calling thread: its next stop, before it parks.
    static Stop next_stop();
    /// Gives the baton back until the stop is woken.
    void park();
    /// The same for at most so long; false when time was up.
    bool park_for(Duration patience);
    /// No effect on a thread that has gone on. Any thread of the simulation.
    void wake(const Stop& stop);

    /// Runs `function` on a thread of its own and resumes the coroutine with its result.
    template <typename Function>
    auto run(std::string name, Function function) -> Task<std::invoke_result_t<Function&>> {
        using R = std::invoke_result_t<Function&>;
        const OneShot<R> done;
        spawn(std::move(name),
              [done, function = std::move(function)]() mutable { done.set(function()); });
        co_return co_await done.wait();
    }

  private:
    void hand_over(const std::shared_ptr<Thread>& thread);
    void ready(const std::shared_ptr<Thread>& thread);

    SimExecutor& executor_;
    std::size_t running_ = 0;
};

}  // namespace antipode::runtime
