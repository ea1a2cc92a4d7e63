#pragma once

#include <cstddef>
#include <memory>

#include "runtime/executor.h"
#include "runtime/network.h"

namespace antipode::runtime {

/// The server's threads: each has one io_context, is one Executor and has one Network of its own
/// (SO_REUSEPORT is not needed: listeners live on thread 0 and hand sockets round-robin).
class IoThreads {
  public:
    explicit IoThreads(std::size_t count);
    /// CHECKs that stop() ran.
    ~IoThreads();
    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] Executor& executor(std::size_t index);
    [[nodiscard]] Network& network(std::size_t index);
    /// Round-robin; any thread.
    [[nodiscard]] std::size_t next_index();
    /// Ends the loops and joins the threads; work still queued is dropped.
    void stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// How many processors this process may use; at least 1.
std::size_t processor_count();

}  // namespace antipode::runtime
