#include "server/front_door.h"

#include <string>
#include <string_view>
#include <utility>

namespace antipode::server {

namespace {

http::Response plain(int status, std::string text) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.text = std::move(text) + "\n";
    return response;
}

}  // namespace

FrontDoor::FrontDoor(Rooms rooms, protocol::VirtualHosts hosts, const Readiness& readiness)
    : rooms_(rooms), hosts_(std::move(hosts)), readiness_(readiness) {}

Task<http::Response> FrontDoor::handle(http::Request& request) {
    if (request.target.starts_with("/-/") && !hosts_.bucket_of(request.headers.get("host"))) {
        co_return co_await handle_own(request);
    }
    if (!readiness_.is_ready() || rooms_.objects == nullptr) {
        http::Response response = plain(503, "not ready");
        response.headers.add("Retry-After", "1");
        co_return response;
    }
    co_return co_await rooms_.objects->handle(request);
}

Task<http::Response> FrontDoor::handle_own(http::Request& request) {
    const std::string_view target = request.target;
    const std::string_view path = target.substr(0, target.find('?'));
    if (path == "/-/health/live") {
        co_return plain(200, "live");
    }
    if (path == "/-/health/ready") {
        co_return readiness_.is_ready() ? plain(200, "ready") : plain(503, "not ready");
    }
    http::Handler* room = nullptr;
    if (path.starts_with("/-/admin/")) {
        room = rooms_.admin;
    } else if (path.starts_with("/-/peer/")) {
        room = rooms_.peer;
    } else if (path == "/-/metrics") {
        room = rooms_.metrics;
    }
    if (room == nullptr) {
        co_return plain(404, "there is nothing of this name");
    }
    co_return co_await room->handle(request);
}

}  // namespace antipode::server
