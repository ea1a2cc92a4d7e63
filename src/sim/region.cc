#include "sim/region.h"

#include <utility>

#include "base/check.h"
#include "runtime/sleep.h"
#include "sealing/test_keys.h"

namespace antipode::sim {

namespace {

http::ServerOptions server_options(const std::string& host) {
    http::ServerOptions options;
    options.listen = {host + ":80"};
    return options;
}

}  // namespace

const object::Caller& owner() {
    static const object::Caller kOwner{
        .principal = {.account = AccountId("1000"), .access_key = "sim", .is_root = true},
        .request_id = {}};
    return kOwner;
}

Process::Process(runtime::SimHost& host,
                 std::vector<replication::PeerAddress> peers,
                 const replication::LinkSecret& secret,
                 std::unique_ptr<Engines> engines,
                 sealing::KeySource& keys,
                 Ailment& ailment)
    : host_(host),
      life_(std::make_shared<Life>()),
      engines_(std::move(engines)),
      index_(engines_->rows(), life_, ailment),
      blobs_(engines_->blobs(), life_, ailment),
      catalog_(index_, {.region = host.name()}),
      replicas_(catalog_, blobs_, &keys),
      receiver_(catalog_, replicas_, secret),
      server_(server_options(host.name()), receiver_, host),
      manager_({.peers = std::move(peers), .checkpoint_every = kCheckpointEvery},
               catalog_,
               replicas_,
               secret,
               host),
      objects_(object::make_object_service(catalog_, blobs_, &keys)),
      buckets_(object::make_bucket_service(catalog_, &keys)) {}

Task<Result<void>> Process::start() {
    CO_TRY_VOID(co_await catalog_.load());
    co_await engines_->begin_upkeep(catalog_);
    CO_TRY_VOID(server_.start());
    manager_.start();
    co_return Result<void>{};
}

Task<void> Process::wind_up() {
    co_await engines_->give_up();
    co_await manager_.stop();
    co_await server_.stop(runtime::Duration::zero());
    co_await engines_->wind_up();
}

Region::Region(std::string name,
               std::vector<std::string> peers,
               runtime::SimThreads& threads,
               runtime::SimNetwork& network,
               EngineKind engine)
    : network_(network),
      host_(std::move(name), threads.executor(), network),
      secret_{"between regions"},
      keys_(sealing::make_test_keys(host_.name())) {
    if (engine == EngineKind::Zoned) {
        auto ground = std::make_unique<ZonedGround>(host_.name(), threads);
        zones_ = ground.get();
        ground_ = std::move(ground);
    } else {
        ground_ = make_memory_ground();
    }
    for (const std::string& peer : peers) {
        peers_.push_back({.region = peer, .address = peer + ":80", .tls = false});
    }
}

Task<Result<void>> Region::start() {
    CHECK(!process_);
    CO_TRY(auto engines, co_await ground_->open(host_.executor(0)));
    auto process =
        std::make_shared<Process>(host_, peers_, secret_, std::move(engines), keys_, ailment_);
    if (zones_ != nullptr) {
        co_await runtime::resume_on(host_.executor(0));  // What works in the engines runs there.
    }
    const Result<void> started = co_await process->start();
    if (!started) {
        process->die();
        co_await process->wind_up();
        co_return fail(started.error());
    }
    process_ = std::move(process);
    co_return Result<void>{};
}

Task<void> Region::crash(bool power_cut) {
    CHECK(process_ != nullptr);
    const std::shared_ptr<Process> process = std::exchange(process_, nullptr);
    process->die();
    network_.reset_host(name());
    co_await process->wind_up();
    if (power_cut) {
        ground_->cut_power();
    }
}

}  // namespace antipode::sim
