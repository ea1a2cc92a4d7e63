#pragma once

#include <cstddef>
#include <memory>

#include "runtime/host.h"

namespace antipode::runtime {

/// The server's threads: each has one io_context, is one Executor and has one Network of its own
/// (SO_REUSEPORT is not needed: listeners live on thread 0 and hand sockets round-robin).
class IoThreads final : public Host {
  public:
    explicit IoThreads(std::size_t count);
    /// CHECKs that stop() ran.
    ~IoThreads() override;

    [[nodiscard]] std::size_t count() const override;
    [[nodiscard]] Executor& executor(std::size_t index) override;
    [[nodiscard]] Network& network(std::size_t index) override;
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
