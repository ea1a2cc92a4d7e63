#include "replication/rule_checks.h"

#include <algorithm>

namespace antipode::replication {

namespace {

Result<void> check_transfer(std::string_view source_region,
                            const ReplicationRule& rule,
                            const RegionCatalogue& regions) {
    const bool must_accelerate = regions.crosses_border(source_region, rule.target_region);
    if (must_accelerate == (rule.transfer == TransferType::OssAcc)) {
        return {};
    }
    return fail(
        rule.transfer_given ? ErrorCode::InvalidArgument : ErrorCode::MissingArgument,
        must_accelerate
            ? "The TransferType of a rule across the border of mainland China must be oss_acc."
            : "The TransferType oss_acc is not offered between these regions.");
}

Result<void> check_versioning(Versioning source, Versioning target) {
    if (source != target) {
        return fail(ErrorCode::InvalidBucketStatus,
                    "The versioning status of the source and the destination bucket differ.");
    }
    if (source == Versioning::Suspended) {
        return fail(ErrorCode::InvalidBucketStatus,
                    "Buckets with suspended versioning can not be replicated.");
    }
    return {};
}

/// Where S3 wrote the rule, S3's own conditions hold, which are checked with the document.
Result<void> check_tags(const Bucket& source,
                        std::string_view source_region,
                        const ReplicationRule& rule,
                        const RegionCatalogue& regions) {
    if (rule.tags.empty()) {
        return {};
    }
    if (source.versioning != Versioning::Enabled) {
        return fail(
            ErrorCode::InvalidBucketStatus,
            "The src and dest bucket must be versioning enabled when drs tagging rule exist.");
    }
    if (rule.dialect != RuleDialect::Oss) {
        return {};
    }
    if (rule.actions != kReplicatePut) {
        return fail(ErrorCode::InvalidArgument, "A rule with tags must have the Action PUT.");
    }
    if (!regions.allows_tag_rules(source_region, rule.target_region)) {
        return fail(ErrorCode::InvalidArgument,
                    "Rules with tags are not offered between these regions.");
    }
    return {};
}

}  // namespace

Result<void> check_pair(const Bucket& source, const ReplicationRule& rule) {
    for (const ReplicationRule& other : source.rules) {
        // S3 has several rules to one destination, and priorities between them.
        const bool may_share =
            rule.dialect != RuleDialect::Oss && other.dialect != RuleDialect::Oss;
        if (!may_share && other.target_bucket == rule.target_bucket &&
            other.target_region == rule.target_region) {
            return fail(ErrorCode::BucketReplicationAlreadyExist,
                        "Bucket replication already exists.");
        }
        if (!rule.id.empty() && other.id == rule.id) {
            return fail(ErrorCode::InvalidArgument,
                        "The ID of the replication rule exists already.");
        }
    }
    if (source.rules.size() >= source.replication_quota()) {
        return fail(ErrorCode::TooManyOutgoingReplication,
                    "The bucket is the source of too many replication rules.");
    }
    return {};
}

Result<void> check_at_source(const Bucket& source,
                             std::string_view source_region,
                             const ReplicationRule& rule,
                             const RegionCatalogue& regions) {
    if (rule.target_bucket == source.name && rule.target_region == source_region) {
        return fail(ErrorCode::InvalidTargetBucket,
                    "The target bucket is invalid for bucket replication.");
    }
    TRY_VOID(check_pair(source, rule));
    TRY_VOID(check_transfer(source_region, rule, regions));
    if (rule.rtc && !regions.allows_rtc(source_region, rule.target_region)) {
        return fail(ErrorCode::InvalidArgument,
                    "Replication time control (RTC) is not offered between these regions.");
    }
    return {};
}

Result<void> check_at_target(const Bucket& source,
                             std::string_view source_region,
                             const ReplicationRule& rule,
                             const BucketFacts& target,
                             const RegionCatalogue& regions) {
    if (!target.exists || target.owner != source.owner.str()) {
        return fail(ErrorCode::InvalidTargetBucket,
                    "The target bucket is invalid for bucket replication.");
    }
    if (target.region != rule.target_region) {
        return fail(ErrorCode::InvalidTargetLocation,
                    "The target bucket you specified does not locate in the target location.");
    }
    if (target.incoming_rules >= target.incoming_rules_max) {
        return fail(ErrorCode::TooManyIncomingReplication,
                    "The bucket is the destination of too many replication rules.");
    }
    TRY_VOID(check_versioning(source.versioning, target.versioning));
    return check_tags(source, source_region, rule, regions);
}

std::uint64_t rule_floor(const Bucket& source, const ReplicationRule& rule) {
    std::uint64_t floor = rule.epoch + 1;
    for (const ReplicationRule& other : source.rules) {
        if (other.status != ReplicationStatus::Closing &&
            other.target_bucket == rule.target_bucket &&
            other.target_region == rule.target_region) {
            floor = std::min(floor, other.epoch);
        }
    }
    return floor;
}

}  // namespace antipode::replication
