#pragma once

#include <cstddef>
#include <memory>

#include "runtime/executor.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// The only way to start work that nobody awaits. Everything the task uses is passed to it by value
/// or outlives the group. join() waits until all have ended; the destructor CHECKs that none is
/// left. Threads: all methods from any thread; each task runs on the executor it was spawned on.
class TaskGroup {
  public:
    TaskGroup();
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts `task` on `executor` (later, never inside this call).
    void spawn(Executor& executor, Task<void> task);

    /// The same on the current executor.
    void spawn(Task<void> task) { spawn(Executor::current(), std::move(task)); }

    /// Ends when no task is running. At most one join at a time.
    Task<void> join();

    [[nodiscard]] std::size_t running() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Runs `task` on `executor` and calls `done` there when it has ended. For edges that are not
/// coroutines (main, tests).
void start(Executor& executor, Task<void> task, Work done);

}  // namespace antipode::runtime
