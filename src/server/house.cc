#include "server/house.h"

#include <optional>
#include <utility>

#include "access/keyring.h"
#include "admin/admin_api.h"
#include "admin/event_log.h"
#include "admin/event_routes.h"
#include "http/server.h"
#include "protocol/virtual_host.h"
#include "server/front_door.h"

namespace antipode::server {

struct House::Rooms {
    Rooms(Config given, runtime::IoThreads& io) : config(std::move(given)), threads(io) {}

    Config config;
    runtime::IoThreads& threads;
    Readiness readiness;
    access::Keyring keyring;

    admin::EventLog events;
    admin::EventRoutes event_routes{events};
    admin::AdminApi admin_api{keyring};

    std::optional<FrontDoor> front_door;
    std::optional<http::Server> server;
};

namespace {

http::ServerOptions server_options(const Config& config) {
    http::ServerOptions options;
    options.listen = config.listen;
    options.tls.certificate_file = config.tls_certificate_file;
    options.tls.key_file = config.tls_key_file;
    options.head_bytes_max = config.head_bytes_max;
    options.body_bytes_max = config.body_bytes_max;
    options.idle_timeout = config.idle_timeout;
    options.connections_max = config.connections_max;
    return options;
}

}  // namespace

House::House(Config config, runtime::IoThreads& threads)
    : rooms_(std::make_unique<Rooms>(std::move(config), threads)) {}

House::~House() = default;

Task<Result<void>> House::start() {
    Rooms& rooms = *rooms_;
    rooms.admin_api.add("events", rooms.event_routes);
    rooms.front_door.emplace(
        FrontDoor::Rooms{
            .objects = nullptr, .admin = &rooms.admin_api, .peer = nullptr, .metrics = nullptr},
        protocol::VirtualHosts(rooms.config.domains),
        rooms.readiness);
    rooms.server.emplace(server_options(rooms.config), *rooms.front_door, rooms.threads);
    CO_TRY_VOID(rooms.server->start());
    rooms.readiness.set(true);
    co_return Result<void>();
}

Task<void> House::stop() {
    Rooms& rooms = *rooms_;
    rooms.readiness.set(false);
    if (rooms.server) {
        co_await rooms.server->stop(rooms.config.stop_timeout);
    }
}

std::vector<std::string> House::addresses() const {
    return rooms_->server->addresses();
}

}  // namespace antipode::server
