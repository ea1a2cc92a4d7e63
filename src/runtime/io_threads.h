#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "runtime/executor.h"
#include "runtime/network.h"

namespace antipode::runtime {

/// The server's threads: each has one io_context, is one Executor and has one Network of its own (SO_REUSEPORT is not
/// needed: listeners live on thread 0 and hand sockets round-robin).
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
    /// Round-robin.
    [[nodiscard]] std::size_t next_index();
    /// Ends the loops and joins the threads; work still queued is dropped.
    void stop();

 private:
    struct Thread;
    std::vector<std::unique_ptr<Thread>> threads_;
    std::size_t next_ = 0;
};

}  // namespace antipode::runtime
