#include "server/house.h"

#include <atomic>
#include <optional>
#include <utility>

#include "access/keyring.h"
#include "admin/account_routes.h"
#include "admin/accounts.h"
#include "admin/admin_api.h"
#include "admin/bucket_routes.h"
#include "admin/event_log.h"
#include "admin/event_routes.h"
#include "admin/info_routes.h"
#include "admin/lifecycle_routes.h"
#include "admin/lost_body_events.h"
#include "admin/replication_events.h"
#include "admin/replication_routes.h"
#include "admin/scrubs.h"
#include "admin/webhook.h"
#include "admin/zone_events.h"
#include "admin/zone_routes.h"
#include "catalog/catalog.h"
#include "catalog/garbage.h"
#include "crypto/hmac.h"
#include "edge/door.h"
#include "http/server.h"
#include "lifecycle/daily.h"
#include "object/replica_service.h"
#include "object/service.h"
#include "oss/oss_gateway.h"
#include "oss/replication_xml.h"
#include "protocol/router.h"
#include "protocol/virtual_host.h"
#include "replication/lost_bodies.h"
#include "replication/manager.h"
#include "replication/rebuilder.h"
#include "replication/receiver.h"
#include "runtime/task_group.h"
#include "runtime/thread_pool.h"
#include "s3/gateway.h"
#include "sealing/local_keys.h"
#include "server/front_door.h"
#include "server/lifecycle_metrics.h"
#include "server/link_files.h"
#include "server/metrics_page.h"
#include "server/peer_door.h"
#include "server/replication_metrics.h"
#include "server/request_meter.h"
#include "server/stores.h"
#include "server/version.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace antipode::server {

namespace {

replication::ManagerOptions manager_options(const Config& config) {
    replication::ManagerOptions options;
    for (const Peer& peer : config.peers) {
        options.peers.push_back({.region = peer.region,
                                 .address = peer.address,
                                 .tls = peer.tls,
                                 .local = nullptr,
                                 .credentials = link_files(config.link_directory)});
    }
    options.regions = replication::RegionCatalogue(config.modern_regions);
    options.regions.extend(config.regions);
    options.abandoned_after = config.abandoned_transfer_after;
    return options;
}

/// Two regions with the same root credential trust each other without further ado.
std::string link_secret_of(const Config& config, const admin::RootKey& root) {
    if (!config.link_secret.empty()) {
        return config.link_secret;
    }
    return to_string(crypto::hmac_sha256(as_bytes(root.secret), as_bytes("antipode link")).bytes());
}

Result<ReplicationRule> parse_oss_rule(const std::string& document) {
    oss::ErrorDetail detail;
    return oss::parse_add_replication(document, detail);
}

protocol::VirtualHosts hosts_of(const Config& config) {
    return protocol::VirtualHosts(config.domains, config.accelerate_domains);
}

oss::Services oss_services(const Config& config,
                           object::ObjectService& objects,
                           object::BucketService& buckets,
                           replication::RuleService& rules) {
    oss::Services services{.objects = objects, .buckets = buckets, .rules = rules};
    if (!config.accelerate_domains.empty()) {
        services.accelerate_endpoint = config.accelerate_domains.front();
    }
    return services;
}

s3::GatewayOptions s3_options(const Config& config, replication::RuleService& rules) {
    s3::GatewayOptions options;
    options.rules = &rules;
    for (const Peer& peer : config.peers) {
        options.more_regions.push_back(peer.region);
    }
    return options;
}

}  // namespace

/// Everything over the stores, in the order in which it is built; it ends in the opposite order.
struct ServingRooms {
    ServingRooms(const Config& config,
                 Stores& stores,
                 access::Keyring& keyring,
                 telemetry::Metrics& metrics,
                 runtime::IoThreads& threads,
                 std::int64_t now_ms)
        : catalog(stores.index(), {.region = config.region}),
          accounts(catalog, keyring),
          objects(object::make_object_service(catalog, stores.blobs(), keys_of(config))),
          buckets(object::make_bucket_service(catalog, keys_of(config))),
          daily_lifecycle(catalog, {.objects = *objects}, config.lifecycle_period),
          replicas(catalog, stores.blobs(), keys_of(config)),
          replication(manager_options(config), catalog, replicas, link_secret, threads),
          receiver(catalog, replicas, link_secret),
          lost_bodies(catalog),
          rebuilder(lost_bodies, catalog, replicas, replication, link_secret, threads),
          s3_gateway(s3_options(config, replication), *objects, *buckets, keyring),
          oss_gateway(oss_services(config, *objects, *buckets, replication), keyring),
          router({.hosts = hosts_of(config), .fallback = config.default_dialect},
                 oss_gateway,
                 s3_gateway,
                 static_cast<std::uint64_t>(now_ms)),
          meter(router, metrics, telemetry::log(), config.slow_request),
          edge_router({.hosts = hosts_of(config),
                       .fallback = config.default_dialect,
                       .is_accelerate_endpoint = true},
                      oss_gateway,
                      s3_gateway,
                      static_cast<std::uint64_t>(now_ms) + 1),
          edge_meter(edge_router, metrics, telemetry::log(), config.slow_request),
          edge_door(edge_meter,
                    [this](std::string bucket) {
                        return buckets->is_accelerated(BucketName(std::move(bucket)));
                    }),
          account_routes(accounts),
          key_routes(accounts),
          bucket_routes(catalog),
          usage_routes(catalog),
          event_routes(events),
          lifecycle_routes(daily_lifecycle),
          replication_routes(replication, parse_oss_rule),
          replication_events(replication, events),
          admin_api(keyring) {
        lost_bodies.listen(admin::lost_body_events(events));
    }

    sealing::KeySource* keys_of(const Config& config) {
        return config.key_directory.empty() ? nullptr : &keys;
    }

    catalog::Catalog catalog;
    sealing::LocalKeys keys;  ///< Filled in before anything asks for it.
    admin::Accounts accounts;
    std::unique_ptr<object::ObjectService> objects;
    std::unique_ptr<object::BucketService> buckets;
    lifecycle::Daily daily_lifecycle;
    replication::LinkSecret link_secret;  ///< Filled in before anything asks for it.
    object::ReplicaService replicas;
    replication::Manager replication;
    replication::Receiver receiver;
    replication::LostBodies lost_bodies;
    replication::Rebuilder rebuilder;
    s3::Gateway s3_gateway;
    oss::Gateway oss_gateway;
    protocol::Router router;
    admin::TrafficWatch traffic;
    RequestMeter meter;
    // What edges bring.
    protocol::Router edge_router;
    RequestMeter edge_meter;
    edge::Door edge_door;

    admin::EventLog events;
    admin::AccountRoutes account_routes;
    admin::KeyRoutes key_routes;
    admin::BucketRoutes bucket_routes;
    admin::UsageRoutes usage_routes;
    admin::EventRoutes event_routes;
    admin::LifecycleRoutes lifecycle_routes;
    admin::ReplicationRoutes replication_routes;
    admin::ReplicationEvents replication_events;
    std::optional<admin::Webhook> webhook;
    std::optional<admin::InfoRoutes> info_routes;
    // Of engines with zones.
    std::optional<admin::DrillReports> drill_reports;
    std::optional<admin::ZoneRoutes> zone_routes;
    std::optional<admin::ZoneEvents> zone_events;
    std::optional<admin::Scrubs> scrubs;
    std::optional<admin::ScrubRoutes> scrub_routes;
    admin::AdminApi admin_api;
};

struct House::Rooms {
    Rooms(Config given, runtime::IoThreads& io)
        : config(std::move(given)), threads(io), front_door(hosts_of(config), &metrics_page) {}

    Config config;
    runtime::IoThreads& threads;
    telemetry::Metrics metrics;
    MetricsPage metrics_page{metrics};
    access::Keyring keyring;
    FrontDoor front_door;
    std::optional<http::Server> server;
    PeerDoor peer_door;
    std::optional<http::Server> link_server;
    std::unique_ptr<Stores> stores;
    std::optional<ServingRooms> serving;
    std::optional<admin::RootKey> new_root_key;
    std::atomic<bool> is_stopping = false;
    runtime::TaskGroup upkeep;
};

namespace {

http::ServerOptions server_options(const Config& config) {
    http::ServerOptions options;
    options.listen = config.listen;
    options.tls.own.certificate_file = config.tls_certificate_file;
    options.tls.own.key_file = config.tls_key_file;
    options.head_bytes_max = config.head_bytes_max;
    options.body_bytes_max = config.body_bytes_max;
    options.idle_timeout = config.idle_timeout;
    options.connections_max = config.connections_max;
    return options;
}

http::ServerOptions link_options(const Config& config) {
    http::ServerOptions options;
    options.listen = config.link_listen;
    options.tls = link_files(config.link_directory);
    return options;
}

admin::ServerInfo server_info(const Config& config,
                              const AccountId& root_account,
                              std::int64_t now_ms) {
    admin::ServerInfo info;
    info.region = config.region;
    info.version = kVersion;
    info.engine = config.engine == Engine::Memory ? "memory" : "local";
    info.root_account = root_account.str();
    info.started_ms = now_ms;
    for (const Peer& peer : config.peers) {
        info.peers.push_back(peer.region);
    }
    return info;
}

void observe_connections(telemetry::Metrics& metrics, const http::Server& server) {
    metrics.observe("antipode_connections", "Connections of clients that are open.", {}, [&server] {
        return static_cast<double>(server.counts().connections);
    });
}

admin::ScrubFinds scrub_finds(replication::LostBodies& lost) {
    return {.lost = [&lost](blob::NamedBlob named) { return lost.found(std::move(named)); },
            .complete = [&lost](std::int64_t began_ms) { return lost.scrubbed(began_ms); }};
}

admin::ScrubBook scrub_book(catalog::Catalog& catalog) {
    constexpr const char* kName = "scrub";
    return {
        .load = [&catalog] { return catalog.get_setting(kName); },
        .save = [&catalog](std::string row) { return catalog.put_setting(kName, std::move(row)); }};
}

void add_routes(ServingRooms& serving,
                Stores& stores,
                const Config& config,
                admin::ServerInfo info) {
    admin::AdminApi& api = serving.admin_api;
    api.add("accounts", serving.account_routes);
    api.add("keys", serving.key_routes);
    api.add("buckets", serving.bucket_routes);
    api.add("usage", serving.usage_routes);
    api.add("events", serving.event_routes);
    api.add("lifecycle", serving.lifecycle_routes);
    api.add("replication", serving.replication_routes);
    api.add("info", serving.info_routes.emplace(std::move(info)));
    if (stores.zones() == nullptr) {
        return;
    }
    serving.meter.tell(serving.traffic);
    serving.edge_meter.tell(serving.traffic);
    admin::DrillReports& reports = serving.drill_reports.emplace(
        *stores.zones(), *stores.protection(), *stores.drills(), serving.traffic, serving.events);
    const admin::ZoneRoutes::Parts parts{.zones = *stores.zones(),
                                         .files = *stores.files(),
                                         .drills = *stores.drills(),
                                         .reports = reports,
                                         .protection = *stores.protection(),
                                         .events = serving.events};
    api.add("zones", serving.zone_routes.emplace(parts));
    serving.zone_events.emplace(*stores.zones(), *stores.protection(), serving.events).start();
    admin::Scrubs& scrubs = serving.scrubs.emplace(stores.scrub_work(),
                                                   scrub_book(serving.catalog),
                                                   scrub_finds(serving.lost_bodies),
                                                   config.scrub_period,
                                                   serving.events);
    scrubs.start();
    api.add("scrub", serving.scrub_routes.emplace(scrubs, serving.lost_bodies));
}

}  // namespace

namespace {

void start_webhook(const Config& config, ServingRooms& serving, runtime::Network& network) {
    if (config.event_webhook.address.empty()) {
        return;
    }
    admin::WebhookOptions options = config.event_webhook;
    options.region = config.region;
    serving.webhook.emplace(std::move(options), serving.events).start(network);
}

/// Ends what looks at the rooms and tells about them.
Task<void> stop_watchers(ServingRooms& serving) {
    if (serving.webhook) {
        co_await serving.webhook->stop();
    }
    co_await serving.replication_events.stop();
    if (serving.drill_reports) {
        co_await serving.drill_reports->stop();
    }
}

}  // namespace

/// Bodies whose removal was decided and not finished when the process ended.
Task<void> House::end_what_a_crash_left(Rooms& rooms) {
    for (const auto& bucket : rooms.serving->catalog.buckets()) {
        if (rooms.is_stopping) {
            break;
        }
        const auto done =
            co_await catalog::reap_leftovers(bucket->partition(), rooms.stores->blobs());
        if (!done) {
            telemetry::log().warning(
                "what a crash left could not be removed, the next start tries again",
                {{"bucket", bucket->config()->name.str()}, {"reason", done.error().message}});
        }
    }
}

namespace {

/// Where keys were once made they are not made again: a directory that was lost or mistyped must
/// not look like a new region's.
Task<Result<void>> load_keys(const Config& config, ServingRooms& serving) {
    constexpr const char* kMade = "sealing-keys";
    if (config.key_directory.empty()) {
        co_return Result<void>();
    }
    CO_TRY(const auto made, co_await serving.catalog.get_setting(kMade));
    runtime::ThreadPool reader("read-keys", 1);
    auto loaded = co_await reader.run([&config, &serving, &made] {
        const auto files = runtime::make_posix_file_system();
        return serving.keys.load(*files, config.key_directory, !made);
    });
    if (!loaded) {
        co_return fail(loaded.error().code,
                       "--key-directory " + config.key_directory +
                           ": the keys that seal objects of this region cannot be read: " +
                           loaded.error().message);
    }
    if (!made) {
        CO_TRY_VOID(co_await serving.catalog.put_setting(kMade, "1"));
    }
    co_return Result<void>();
}

}  // namespace

House::House(Config config, runtime::IoThreads& threads)
    : rooms_(std::make_unique<Rooms>(std::move(config), threads)) {}

House::~House() = default;

Task<Result<void>> House::start() {
    Rooms& rooms = *rooms_;
    const std::int64_t now_ms = runtime::Executor::current().wall_now().time_since_epoch().count();
    observe_process(rooms.metrics);
    rooms.server.emplace(server_options(rooms.config), rooms.front_door, rooms.threads);
    observe_connections(rooms.metrics, *rooms.server);
    CO_TRY_VOID(rooms.server->start());
    if (!rooms.config.link_directory.empty()) {
        rooms.link_server.emplace(link_options(rooms.config), rooms.peer_door, rooms.threads);
        CO_TRY_VOID(rooms.link_server->start());
    }

    CO_TRY(rooms.stores, co_await open_stores(rooms.config, rooms.threads.executor(0)));
    rooms.stores->observe(rooms.metrics);
    ServingRooms& serving = rooms.serving.emplace(
        rooms.config, *rooms.stores, rooms.keyring, rooms.metrics, rooms.threads, now_ms);
    CO_TRY_VOID(co_await serving.catalog.load());
    CO_TRY_VOID(co_await load_keys(rooms.config, serving));
    CO_TRY(const admin::Accounts::Root root, co_await serving.accounts.load(rooms.config.root));
    if (root.is_new) {
        rooms.new_root_key = root.key;
    }
    serving.link_secret = {.bytes = link_secret_of(rooms.config, root.key),
                           .is_explicit = !rooms.config.link_secret.empty()};
    CO_TRY_VOID(co_await rooms.stores->begin_upkeep(serving.catalog));
    CO_TRY_VOID(co_await serving.lost_bodies.load());
    serving.replication.start();
    serving.rebuilder.start();
    observe_lost_bodies(rooms.metrics, serving.lost_bodies);
    serving.daily_lifecycle.start();
    observe_lifecycle(rooms.metrics, serving.daily_lifecycle);
    rooms.upkeep.spawn(end_what_a_crash_left(rooms));
    serving.replication_events.start();
    start_webhook(rooms.config, serving, rooms.threads.network(0));
    rooms.metrics_page.add([&serving] { return replication_metrics(serving.replication); });
    add_routes(
        serving, *rooms.stores, rooms.config, server_info(rooms.config, root.account, now_ms));
    serving.edge_door.start();
    rooms.peer_door.open(serving.receiver, serving.edge_door);
    // Where links are by certificate, the port of the clients leads to no peer interface at all.
    rooms.front_door.open({.objects = &serving.meter,
                           .admin = &serving.admin_api,
                           .peer = rooms.link_server ? nullptr : &serving.receiver});
    co_return Result<void>();
}

Task<void> House::stop() {
    Rooms& rooms = *rooms_;
    rooms.is_stopping = true;
    rooms.front_door.announce_stop();
    runtime::TaskGroup stopping;
    for (auto* server : {&rooms.server, &rooms.link_server}) {
        if (*server) {
            stopping.spawn((*server)->stop(rooms.config.stop_timeout));
        }
    }
    co_await stopping.join();
    co_await rooms.upkeep.join();
    if (!rooms.stores) {
        co_return;
    }
    if (rooms.serving) {
        rooms.serving->daily_lifecycle.close();
        co_await rooms.serving->daily_lifecycle.join();
        co_await rooms.serving->edge_door.stop();
        co_await stop_watchers(*rooms.serving);
        co_await rooms.serving->rebuilder.stop();
        co_await rooms.serving->replication.stop();
    }
    if (rooms.serving && rooms.serving->zone_events) {
        co_await rooms.serving->zone_events->stop();
    }
    if (rooms.serving && rooms.serving->scrubs) {
        rooms.serving->scrubs->close();
    }
    co_await rooms.stores->end_upkeep();
    if (rooms.serving && rooms.serving->scrubs) {
        co_await rooms.serving->scrubs->join();
    }
    co_await rooms.stores->stop();
}

std::vector<std::string> House::addresses() const {
    return rooms_->server->addresses();
}

std::vector<std::string> House::link_addresses() const {
    return rooms_->link_server ? rooms_->link_server->addresses() : std::vector<std::string>{};
}

std::optional<admin::RootKey> House::new_root_key() const {
    return rooms_->new_root_key;
}

}  // namespace antipode::server
