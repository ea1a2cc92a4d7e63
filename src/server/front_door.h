#pragma once

#include <atomic>

#include "http/message.h"
#include "protocol/virtual_host.h"
#include "runtime/task.h"

namespace antipode::server {

/// Sends each request to the room that speaks its language. What lies under "/-/" is the server's
/// own, because no bucket can have the name "-"; a key of a bucket that is named by the host may
/// begin with it. Until open() everything but health and metrics is answered with 503.
class FrontDoor final : public http::Handler {
  public:
    /// All outlive the front door.
    struct Rooms {
        http::Handler* objects = nullptr;  ///< Both dialects.
        http::Handler* admin = nullptr;    ///< "/-/admin/"
        http::Handler* peer = nullptr;     ///< "/-/peer/"; null: not on this port.
    };

    /// `metrics` may be null.
    FrontDoor(protocol::VirtualHosts hosts, http::Handler* metrics);

    /// Everything works: requests are let in and readiness is true. Once.
    void open(Rooms rooms);

    /// Readiness is false from now on, so that no new clients are sent here; requests are still
    /// answered.
    void announce_stop() { is_ready_ = false; }

    Task<http::Response> handle(http::Request& request) override;

  private:
    Task<http::Response> handle_own(http::Request& request);

    protocol::VirtualHosts hosts_;
    http::Handler* metrics_;
    Rooms rooms_;
    std::atomic<bool> is_open_ = false;  ///< After it rooms_ does not change.
    std::atomic<bool> is_ready_ = false;
};

}  // namespace antipode::server
