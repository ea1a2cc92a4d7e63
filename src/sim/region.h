#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "http/server.h"
#include "object/replica_service.h"
#include "object/service.h"
#include "replication/manager.h"
#include "replication/receiver.h"
#include "runtime/sim_host.h"
#include "sealing/local_keys.h"
#include "sim/engines.h"
#include "sim/mortal_stores.h"
#include "sim/zoned_engines.h"

namespace antipode::sim {

/// Commits of a bucket between two cuts of its log; fewer than in life, so that logs are cut.
inline constexpr std::uint64_t kCheckpointEvery = 200;

/// One process of a region: everything that is gone when it dies. Clients that were in the middle
/// of a call keep it alive until the call has failed.
class Process {
  public:
    Process(runtime::SimHost& host,
            std::vector<replication::PeerAddress> peers,
            const replication::LinkSecret& secret,
            std::unique_ptr<Engines> engines,
            sealing::KeySource& keys,
            Ailment& ailment);

    Task<Result<void>> start();

    /// It has an effect on nothing from now on.
    void die() {
        life_->has_ended = true;
        engines_->die();
    }

    /// Returns when nothing of it runs any more but the calls of clients.
    Task<void> wind_up();

    [[nodiscard]] object::ObjectService& objects() { return *objects_; }

    [[nodiscard]] object::BucketService& buckets() { return *buckets_; }

    [[nodiscard]] replication::Manager& replication() { return manager_; }

    /// A page of the blobs that rows name.
    Task<Result<std::vector<blob::NamedBlob>>> named_blobs(std::string& cursor) {
        return catalog_.named_blobs(cursor);
    }

    [[nodiscard]] const catalog::Catalog& catalog() const { return catalog_; }

  private:
    runtime::SimHost& host_;
    std::shared_ptr<Life> life_;
    std::unique_ptr<Engines> engines_;
    MortalIndex index_;
    MortalBlobs blobs_;
    catalog::Catalog catalog_;
    object::ReplicaService replicas_;
    replication::Receiver receiver_;
    http::Server server_;
    replication::Manager manager_;
    std::unique_ptr<object::ObjectService> objects_;
    std::unique_ptr<object::BucketService> buckets_;
};

/// A region of the simulation: a machine, what is durable on it, and the process that runs now.
class Region {
  public:
    Region(std::string name,
           std::vector<std::string> peers,
           runtime::SimThreads& threads,
           runtime::SimNetwork& network,
           EngineKind engine);

    /// CHECKs that none runs.
    Task<Result<void>> start();
    /// Kill -9; with `power_cut` the machine stops as well.
    Task<void> crash(bool power_cut = false);

    /// Null for the reference engines.
    [[nodiscard]] ZonedGround* zones() const { return zones_; }

    /// What may make requests fail begins, or has ended. Trouble with one zone is none.
    void begin_trouble() {
        ++troubles_;
        ++now_in_trouble_;
    }

    void end_trouble() { --now_in_trouble_; }

    /// Changes with every trouble; absent while there is one.
    [[nodiscard]] std::optional<std::uint64_t> calm() const {
        return now_in_trouble_ == 0 ? std::optional(troubles_) : std::nullopt;
    }

    /// Null while none runs.
    [[nodiscard]] std::shared_ptr<Process> process() const { return process_; }

    [[nodiscard]] runtime::SimHost& host() { return host_; }

    [[nodiscard]] Ailment& ailment() { return ailment_; }

    /// Civil time as it is here.
    [[nodiscard]] std::int64_t now_ms() {
        return host_.executor(0).wall_now().time_since_epoch().count();
    }

    [[nodiscard]] const std::string& name() const { return host_.name(); }

  private:
    runtime::SimNetwork& network_;
    runtime::SimHost host_;
    std::vector<replication::PeerAddress> peers_;
    replication::LinkSecret secret_;
    ZonedGround* zones_ = nullptr;
    std::unique_ptr<Ground> ground_;
    std::uint64_t troubles_ = 0;
    int now_in_trouble_ = 0;
    sealing::LocalKeys keys_;
    Ailment ailment_;
    std::shared_ptr<Process> process_;
};

/// Who makes all requests.
const object::Caller& owner();

}  // namespace antipode::sim
