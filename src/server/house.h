#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/io_threads.h"
#include "runtime/task.h"
#include "server/config.h"

namespace antipode::server {

/// One region's server: every room, built by hand and wired with references. Rooms are declared
/// from the ground up, so that they end from the top down.
class House {
  public:
    House(Config config, runtime::IoThreads& threads);
    ~House();
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    /// Opens the stores, then the port. On error nothing serves; stop() is still to be called.
    Task<Result<void>> start();
    /// No longer ready, then no new requests, then those in flight, then the workers, then the
    /// stores. Also after a start that failed half way.
    Task<void> stop();

    /// Where it listens, with real ports.
    [[nodiscard]] std::vector<std::string> addresses() const;

  private:
    struct Rooms;
    std::unique_ptr<Rooms> rooms_;
};

}  // namespace antipode::server
