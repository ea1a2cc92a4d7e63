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
    virtual Task<Result<void>> set_rtc(const object::Caller& caller,
                                       BucketName bucket,
                                       std::string rule_id,
                                       bool enabled) = 0;
    /// Where a destination of this bucket may be.
    virtual Task<Result<std::vector<TargetRegion>>> target_regions(const object::Caller& caller,
                                                                   BucketName bucket) = 0;
};

}  // namespace antipode::replication
