#pragma once

#include <atomic>

#include "http/message.h"
#include "protocol/virtual_host.h"
#include "runtime/task.h"

namespace antipode::server {

/// Whether requests may come: false while starting and while stopping.
class Readiness {
  public:
    void set(bool ready) { ready_ = ready; }

    [[nodiscard]] bool is_ready() const { return ready_; }

  private:
    std::atomic<bool> ready_ = false;
};

/// Sends each request to the room that speaks its language. What lies under "/-/" is the server's
/// own, because no bucket can have the name "-"; a key of a bucket that is named by the host may
/// begin with it.
class FrontDoor final : public http::Handler {
  public:
    /// All outlive the front door. Null = not there (answers 404).
    struct Rooms {
        http::Handler* objects = nullptr;  ///< Both dialects.
        http::Handler* admin = nullptr;    ///< "/-/admin/"
        http::Handler* peer = nullptr;     ///< "/-/peer/"
        http::Handler* metrics = nullptr;  ///< "/-/metrics"
    };

    FrontDoor(Rooms rooms, protocol::VirtualHosts hosts, const Readiness& readiness);

    Task<http::Response> handle(http::Request& request) override;

  private:
    Task<http::Response> handle_own(http::Request& request);

    Rooms rooms_;
    protocol::VirtualHosts hosts_;
    const Readiness& readiness_;
};

}  // namespace antipode::server
