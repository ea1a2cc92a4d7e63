#pragma once

#include <atomic>

#include "http/message.h"

namespace antipode::server {

/// What answers on the port of the links: the peer protocol and nothing else, and only to who has
/// shown a certificate.
class PeerDoor final : public http::Handler {
  public:
    /// Once; `peer` outlives the door. Until then everything is answered with 503.
    void open(http::Handler& peer) { peer_ = &peer; }

    Task<http::Response> handle(http::Request& request) override;

  private:
    std::atomic<http::Handler*> peer_ = nullptr;
};

}  // namespace antipode::server
