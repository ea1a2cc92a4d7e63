#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "object/replica_service.h"
#include "replication/link_auth.h"
#include "replication/peer_client.h"
#include "replication/receiver.h"
#include "replication/region_catalogue.h"
#include "replication/replication_admin.h"
#include "replication/rule_service.h"
#include "replication/sender.h"
#include "replication/statement.h"
#include "runtime/host.h"
#include "runtime/key_locks.h"
#include "runtime/task_group.h"

namespace antipode::replication {

struct ManagerOptions {
    std::vector<PeerAddress> peers;
    RegionCatalogue regions;
    /// Commits between two checkpoints of a bucket's totals, where its log is cut.
    std::uint64_t checkpoint_every = 5000;
    /// Chunks of a transfer that got none for so long are given back.
    runtime::Duration abandoned_after = std::chrono::hours(24);
};

/// Owns the senders of all rules of this region and keeps the change logs short. Calls come from
/// any executor and run on the manager's own (thread 0).
class Manager final : public RuleService, public ReplicationAdmin {
  public:
    Manager(ManagerOptions options,
            catalog::Catalog& catalog,
            object::ReplicaService& replicas,
            const LinkSecret& secret,
            runtime::Host& host);

    /// Starts the senders of all rules and the upkeep. Any thread.
    void start();
    /// Before the index is closed. Any executor.
    Task<void> stop();

    Task<Result<ReplicationRule>> add_rule(const object::Caller& caller,
                                           AddRuleRequest request) override;
    Task<Result<std::vector<ReplicationRule>>> list_rules(const object::Caller& caller,
                                                          BucketName bucket) override;
    Task<Result<Removal>> remove_rule(const object::Caller& caller,
                                      BucketName bucket,
                                      std::string rule_id) override;
    Task<Result<std::vector<RuleProgress>>> progress(const object::Caller& caller,
                                                     BucketName bucket,
                                                     std::string rule_id) override;
    Task<Result<void>> replace_rules(const object::Caller& caller,
                                     BucketName bucket,
                                     std::vector<ReplicationRule> rules) override;
    Task<Result<std::optional<Delivery>>> delivery(BucketName bucket,
                                                   ObjectVersion version) override;
    Task<Result<void>> set_rtc(const object::Caller& caller,
                               BucketName bucket,
                               std::string rule_id,
                               bool enabled) override;
    Task<Result<std::vector<TargetRegion>>> target_regions(const object::Caller& caller,
                                                           BucketName bucket) override;

    Task<Result<std::vector<RuleStatus>>> status(std::string bucket) override;
    Task<Result<std::vector<RuleStatus>>> glance() override;
    std::vector<LinkStatus> links() override;
    Task<Result<RuleLimits>> set_limits(LimitChange change) override;
    Task<Result<void>> set_link_limit(std::string region, std::uint64_t bytes_per_second) override;
    Task<Result<std::vector<ReplicationException>>> exceptions(std::string bucket,
                                                               std::string rule_id) override;
    Task<Result<std::uint64_t>> retry(std::string bucket,
                                      std::string rule_id,
                                      std::string key) override;
    Task<Result<Explanation>> explain(std::string bucket,
                                      std::string key,
                                      std::string version_id) override;
    Task<Result<std::vector<LossReport>>> loss(std::string bucket) override;
    Task<Result<RulePlan>> plan(PlanRequest request) override;
    Task<Result<Verification>> verify(VerifyRequest request) override;
    Task<Result<std::string>> statement_key() override;

    /// Null: there is no link to it.
    [[nodiscard]] const PeerAddress* find_peer(const std::string& region) const;
    /// What goes over the link to a region passes its limit.
    [[nodiscard]] std::shared_ptr<Throttle> link_throttle(const std::string& region);

  private:
    using BucketPtr = std::shared_ptr<catalog::OpenBucket>;
    using SenderPtr = std::shared_ptr<Sender>;

    [[nodiscard]] Result<BucketPtr> own_bucket(const object::Caller& caller,
                                               const BucketName& name) const;
    [[nodiscard]] Result<void> check_rule(const Bucket& bucket, const ReplicationRule& rule) const;
    /// Any executor.
    Task<Result<BucketFacts>> ask_facts(PeerAddress peer, std::string bucket);
    Task<Result<void>> check_target(BucketPtr bucket, ReplicationRule rule);
    Task<Result<ReplicationRule>> insert_rule(BucketPtr bucket, ReplicationRule rule);
    Task<Result<std::string>> find_target(const Bucket& source, std::string bucket);
    Task<Result<void>> change_rule(BucketPtr bucket, ReplicationRule rule);
    Task<Result<void>> end_rules(BucketPtr bucket, std::vector<std::string> ids);
    void start_sender(const BucketPtr& bucket, const ReplicationRule& rule);
    [[nodiscard]] SenderPtr find_sender(const std::string& bucket_id,
                                        const std::string& rule_id) const;
    [[nodiscard]] std::vector<SenderPtr> senders_of(const std::string& bucket) const;
    Result<SenderPtr> only_sender(const std::string& bucket, const std::string& rule_id) const;
    Task<void> stop_sender(std::string bucket_id, std::string rule_id);
    /// Stops and forgets the rule; what is left is to tell the destination. Nothing when it could
    /// not be forgotten: it is still marked as closing, and the next start goes on.
    Task<std::optional<RuleNotice>> retire_rule(BucketPtr bucket, ReplicationRule rule);
    Task<void> close_rule(BucketPtr bucket, ReplicationRule rule);
    Task<void> send_closing(RuleNotice notice, std::string peer_region);
    Task<void> upkeep();
    Task<void> keep_logs_short();
    Task<void> end_abandoned_transfers();
    Task<void> resume_closings();
    Task<Result<RuleStatus>> full_status(SenderPtr sender);
    Task<std::vector<PlanNote>> find_ways_back(BucketName bucket, ReplicationRule rule);
    Task<Result<std::vector<TargetBucket>>> ask_targets(std::string region, std::string bucket);
    Task<Result<Verification>> verify_at_home(SenderPtr sender, VerifyRequest request);
    Task<Result<std::int64_t>> catch_up(SenderPtr sender, runtime::Instant end);
    Task<Result<void>> add_statement(SenderPtr sender, Verification& outcome);
    Task<Result<Explanation>> explain_removal(BucketPtr bucket,
                                              std::string key,
                                              std::string version_id);

    ManagerOptions options_;
    catalog::Catalog& catalog_;
    object::ReplicaService& replicas_;
    const LinkSecret& secret_;
    Receiver local_;  ///< Answers the rules whose destination is in this region.
    runtime::Host& host_;
    runtime::Executor& home_;
    runtime::TaskGroup tasks_;
    runtime::Signal stopping_;
    std::atomic<bool> is_stopping_ = false;

    runtime::KeyLocks rule_locks_;  ///< By bucket id: one replacement of rules at a time.
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Throttle>> link_throttles_;  ///< By region.
    /// By bucket id and rule id.
    std::map<std::pair<std::string, std::string>, SenderPtr> senders_;
    std::size_t next_place_ = 0;
    StatementKey statement_key_{catalog_};

    struct Checkpoint {
        std::uint64_t revision = 0;
        std::uint64_t kept_after = 0;
    };

    std::map<std::string, Checkpoint> checkpointed_;  ///< By bucket id; of upkeep only.
};

}  // namespace antipode::replication
