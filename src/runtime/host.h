#pragma once

#include <cstddef>

#include "runtime/executor.h"
#include "runtime/network.h"

namespace antipode::runtime {

/// What a server runs on: its executors, each with a network of its own. The process's threads
/// (IoThreads), or a machine of the simulator (SimHost).
class Host {
  public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    virtual ~Host() = default;

    [[nodiscard]] virtual std::size_t count() const = 0;
    [[nodiscard]] virtual Executor& executor(std::size_t index) = 0;
    [[nodiscard]] virtual Network& network(std::size_t index) = 0;
};

}  // namespace antipode::runtime
