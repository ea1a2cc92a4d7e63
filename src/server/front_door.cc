#include "server/front_door.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace antipode::server {

namespace {

http::Response plain(int status, std::string text) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.text = std::move(text) + "\n";
    return response;
}

http::Response not_ready() {
    http::Response response = plain(503, "not ready");
    response.headers.add("Retry-After", "1");
    return response;
}

}  // namespace

FrontDoor::FrontDoor(protocol::VirtualHosts hosts, http::Handler* metrics)
    : hosts_(std::move(hosts)), metrics_(metrics) {}

void FrontDoor::open(Rooms rooms) {
    CHECK(!is_open_);
    rooms_ = rooms;
    is_open_ = true;
    is_ready_ = true;
}

Task<http::Response> FrontDoor::handle(http::Request& request) {
    if (request.target.starts_with("/-/") && !hosts_.bucket_of(request.headers.get("host"))) {
        co_return co_await handle_own(request);
    }
    if (!is_open_) {
        co_return not_ready();
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
        co_return is_ready_ ? plain(200, "ready") : not_ready();
    }
    if (path == "/-/metrics" && metrics_ != nullptr) {
        co_return co_await metrics_->handle(request);
    }
    const bool is_admin = path.starts_with("/-/admin/");
    if (!is_admin && !path.starts_with("/-/peer/")) {
        co_return plain(404, "there is nothing of this name");
    }
    if (!is_open_) {
        co_return not_ready();
    }
    http::Handler* room = is_admin ? rooms_.admin : rooms_.peer;
    if (room == nullptr) {
        co_return plain(403, "peers are answered on the port of the links only");
    }
    co_return co_await room->handle(request);
}

}  // namespace antipode::server
