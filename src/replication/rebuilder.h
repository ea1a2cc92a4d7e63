#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "object/replica_service.h"
#include "replication/link_auth.h"
#include "replication/lost_bodies.h"
#include "replication/manager.h"
#include "replication/peer_client.h"
#include "replication/throttle.h"
#include "runtime/host.h"
#include "runtime/task_group.h"

namespace antipode::replication {

/// Gets bytes that no zone of this region can give back from regions that have the same version of
/// the same object: those that a rule of the bucket leads to or comes from. One body at a time, at
/// a bounded pace and within the links' limits; what nobody can give now is asked for again later,
/// less and less often.
class Rebuilder {
  public:
    /// `links`: whose links these are; it outlives this.
    Rebuilder(LostBodies& lost,
              catalog::Catalog& catalog,
              object::ReplicaService& replicas,
              Manager& links,
              const LinkSecret& secret,
              runtime::Host& host);

    /// Once, when the region serves. Any thread.
    void start();
    /// Before the manager stops. Any executor.
    Task<void> stop();

  private:
    using BucketPtr = std::shared_ptr<catalog::OpenBucket>;

    /// A bucket elsewhere that may have what is lost here.
    struct Source {
        std::string region;
        std::string bucket;

        auto operator<=>(const Source&) const = default;
    };

    class PeerBody;

    static std::vector<Source> sources_of(const Bucket& bucket);
    Task<void> run();
    Task<void> look_up_keys(std::vector<LostBody>& due);
    Task<void> mend(LostBody body);
    /// The region that gave it; nothing when the row has changed meanwhile. The error says for
    /// people why nobody could.
    Task<Result<std::optional<std::string>>> fetch(BucketPtr bucket,
                                                   LostBody body,
                                                   catalog::PlacedBody placed);
    Task<Result<bool>> fetch_from(Source source,
                                  BucketPtr bucket,
                                  LostBody body,
                                  catalog::PlacedBody placed);
    Task<Result<std::shared_ptr<PeerClient>>> connect(std::string region);
    void note_failure(const LostBody& body, std::string reason);

    LostBodies& lost_;
    catalog::Catalog& catalog_;
    object::ReplicaService& replicas_;
    Manager& links_;
    const LinkSecret& secret_;
    runtime::Host& host_;
    runtime::Executor& home_;
    runtime::TaskGroup tasks_;
    std::atomic<bool> is_stopping_ = false;
    // Of the home executor.
    Throttles throttles_;
    std::shared_ptr<PeerClient> client_;  ///< In use.
    std::set<std::string> unreachable_;   ///< Regions, in this round.
};

}  // namespace antipode::replication
