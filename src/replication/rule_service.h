#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/replication_rule.h"
#include "object/object_service.h"
#include "runtime/task.h"

namespace antipode::replication {

/// A rule as a client asks for it; syntax has been checked by the gateway, everything else is
/// checked here in the order of oss-facts 1.4.
struct AddRuleRequest {
    BucketName bucket;
    ReplicationRule
        rule;  ///< id empty = one is made. status, epoch, start_revision, created_ms are set here.
};

struct RuleProgress {
    ReplicationRule rule;
    /// Fraction of history copied, 0..1; absent without history.
    std::optional<double> history;
    /// Everything committed at the source before this time is at the destination; never ahead of
    /// the truth.
    std::int64_t recovery_point_ms = 0;
    std::uint64_t backlog_operations = 0;
    std::uint64_t backlog_bytes = 0;
    std::int64_t oldest_pending_ms = 0;  ///< 0 = nothing pending.
    std::uint64_t exceptions = 0;
};

struct TargetRegion {
    std::string region;  ///< "cn-beijing"
    bool needs_oss_acc = false;
    bool rtc = true;
};

/// What has become of a version on its way to the destinations of the rules that take it.
enum class Delivery : std::uint8_t {
    Pending,
    Completed,  ///< At all of them.
    Failed,     ///< One of them refused it; it is tried again.
    Replica,    ///< It came from elsewhere and is not sent on.
};

/// The control side of cross-region replication, for both dialects and admin.
class RuleService {
  public:
    RuleService() = default;
    RuleService(const RuleService&) = delete;
    RuleService& operator=(const RuleService&) = delete;
    virtual ~RuleService() = default;

    /// Returns the rule with its id. Errors: NoSuchBucket, AccessDenied, InvalidTargetBucket,
    /// InvalidTargetLocation, BadReplicationLocation, BucketReplicationAlreadyExist, TooMany...,
    /// InvalidArgument, InvalidBucketStatus, Unavailable (the destination region does not answer).
    virtual Task<Result<ReplicationRule>> add_rule(const object::Caller& caller,
                                                   AddRuleRequest request) = 0;
    /// All rules, closing ones too. NoSuchConfiguration when there is none.
    virtual Task<Result<std::vector<ReplicationRule>>> list_rules(const object::Caller& caller,
                                                                  BucketName bucket) = 0;
    /// True = now closing; false = it was closing already, or the bucket has no rule.
    /// NoSuchReplicationRule.
    enum class Removal : std::uint8_t { NowClosing, WasClosing, NoRules };
    virtual Task<Result<Removal>> remove_rule(const object::Caller& caller,
                                              BucketName bucket,
                                              std::string rule_id) = 0;
    /// One rule, or all when rule_id is empty. NoSuchReplicationRule, NoSuchConfiguration.
    virtual Task<Result<std::vector<RuleProgress>>> progress(const object::Caller& caller,
                                                             BucketName bucket,
                                                             std::string rule_id) = 0;
    /// S3's whole configuration at once: rules of the same id and destination are changed in place
    /// and go on where they are, others end or begin. None = all rules of the bucket end. An empty
    /// target_region is looked for: this region and its peers are asked for the bucket, and exactly
    /// one must have it. Everything is checked before anything is changed. Also InvalidRequest:
    /// versioning is not enabled on both sides, or the bucket has rules that were made with OSS.
    virtual Task<Result<void>> replace_rules(const object::Caller& caller,
                                             BucketName bucket,
                                             std::vector<ReplicationRule> rules) = 0;
    /// Read from cursors and exceptions, never from the version; nothing when no rule takes it.
    virtual Task<Result<std::optional<Delivery>>> delivery(BucketName bucket,
                                                           ObjectVersion version) = 0;
    virtual Task<Result<void>> set_rtc(const object::Caller& caller,
                                       BucketName bucket,
                                       std::string rule_id,
                                       bool enabled) = 0;
    /// Where a destination of this bucket may be.
    virtual Task<Result<std::vector<TargetRegion>>> target_regions(const object::Caller& caller,
                                                                   BucketName bucket) = 0;
};

}  // namespace antipode::replication
