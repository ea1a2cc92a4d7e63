#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/accounts.h"
#include "base/result.h"
#include "runtime/io_threads.h"
#include "runtime/task.h"
#include "server/config.h"

namespace antipode::server {

/// One region's server: every room, built by hand and wired with references, from the ground up
/// (house.cc).
class House {
  public:
    House(Config config, runtime::IoThreads& threads);
    ~House();
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    /// Opens the port (health answers), recovers the stores, then lets requests in. On error stop()
    /// is still to be called.
    Task<Result<void>> start();
    /// No longer ready, then no new requests, then those in flight, then the workers, then the
    /// stores. Also after a start that failed half way.
    Task<void> stop();

    /// Where it listens, with real ports. After start().
    [[nodiscard]] std::vector<std::string> addresses() const;
    /// Where peers are answered by certificate; empty without --link-directory.
    [[nodiscard]] std::vector<std::string> link_addresses() const;
    /// The root credential when this start made it: to be shown once.
    [[nodiscard]] std::optional<admin::RootKey> new_root_key() const;

  private:
    struct Rooms;
    static Task<void> end_what_a_crash_left(Rooms& rooms);

    std::unique_ptr<Rooms> rooms_;
};

}  // namespace antipode::server
