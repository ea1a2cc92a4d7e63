#include "server/peer_door.h"

#include "edge/wire.h"

namespace antipode::server {

Task<http::Response> PeerDoor::handle(http::Request& request) {
    const bool is_edge = request.certified_name.starts_with(edge::kEdgeNamePrefix);
    http::Handler* const room = is_edge ? edge_ : peer_;
    http::Response refusal;
    if (request.certified_name.empty()) {
        refusal.status = 403;
        refusal.text = "no certificate\n";
        co_return refusal;
    }
    if (!request.target.starts_with(is_edge ? edge::kEdgePrefix : "/-/peer/")) {
        refusal.status = 404;
        refusal.text = "only peers are answered here\n";
        co_return refusal;
    }
    if (room == nullptr) {
        refusal.status = 503;
        co_return refusal;
    }
    co_return co_await room->handle(request);
}

}  // namespace antipode::server
