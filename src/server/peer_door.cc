#include "server/peer_door.h"

namespace antipode::server {

Task<http::Response> PeerDoor::handle(http::Request& request) {
    http::Handler* const peer = peer_;
    http::Response refusal;
    if (request.certified_name.empty()) {
        refusal.status = 403;
        refusal.text = "no certificate\n";
        co_return refusal;
    }
    if (!request.target.starts_with("/-/peer/")) {
        refusal.status = 404;
        refusal.text = "only peers are answered here\n";
        co_return refusal;
    }
    if (peer == nullptr) {
        refusal.status = 503;
        co_return refusal;
    }
    co_return co_await peer->handle(request);
}

}  // namespace antipode::server
