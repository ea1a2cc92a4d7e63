#pragma once

#include <atomic>

#include "http/message.h"

namespace antipode::server {

/// What answers on the port of the links, and only to who has shown a certificate: regions are
/// answered in the peer protocol and edges (certificates named "edge-...") in theirs, and nothing
/// else is.
class PeerDoor final : public http::Handler {
  public:
    /// Once; both outlive the door. Until then everything is answered with 503.
    void open(http::Handler& peer, http::Handler& edge) {
        edge_ = &edge;
        peer_ = &peer;
    }

    Task<http::Response> handle(http::Request& request) override;

  private:
    std::atomic<http::Handler*> edge_ = nullptr;
    std::atomic<http::Handler*> peer_ = nullptr;
};

}  // namespace antipode::server
