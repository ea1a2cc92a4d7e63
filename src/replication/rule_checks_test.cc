#include "replication/rule_checks.h"

#include <gtest/gtest.h>

namespace antipode::replication {
namespace {

constexpr std::string_view kHere = "cn-hangzhou";

Bucket source(Versioning versioning = Versioning::Unversioned) {
    Bucket bucket;
    bucket.name = BucketName("here");
    bucket.owner = AccountId("1000");
    bucket.versioning = versioning;
    return bucket;
}

ReplicationRule rule_to(std::string region, std::string bucket = "there") {
    ReplicationRule rule;
    rule.target_region = std::move(region);
    rule.target_bucket = BucketName(std::move(bucket));
    return rule;
}

BucketFacts target(Versioning versioning = Versioning::Unversioned) {
    return {.exists = true,
            .owner = "1000",
            .region = "cn-beijing",
            .versioning = versioning,
            .incoming_rules = 0};
}

std::string_view refusal(const Result<void>& checked) {
    return checked ? "" : name_of(checked.error().code);
}

std::string_view at_source(const Bucket& bucket, const ReplicationRule& rule) {
    return refusal(check_at_source(bucket, kHere, rule, RegionCatalogue()));
}

std::string_view at_target(const Bucket& bucket,
                           const ReplicationRule& rule,
                           const BucketFacts& facts,
                           bool modern = false) {
    return refusal(check_at_target(bucket, kHere, rule, facts, RegionCatalogue(modern)));
}

TEST(RuleChecks, let_a_plain_rule_pass) {
    EXPECT_EQ(at_source(source(), rule_to("cn-beijing")), "");
    EXPECT_EQ(at_target(source(), rule_to("cn-beijing"), target()), "");
}

TEST(RuleChecks, refuse_a_bucket_as_its_own_destination) {
    EXPECT_EQ(at_source(source(), rule_to("cn-hangzhou", "here")), "InvalidTargetBucket");
    EXPECT_EQ(at_source(source(), rule_to("cn-hangzhou", "other")), "") << "a same-region rule";
    EXPECT_EQ(at_source(source(), rule_to("cn-beijing", "here")), "")
        << "a bucket of the same name elsewhere is another bucket";
}

TEST(RuleChecks, demand_acceleration_across_the_border_and_refuse_it_elsewhere) {
    ReplicationRule across = rule_to("us-west-1");
    EXPECT_EQ(at_source(source(), across), "MissingArgument");
    across.transfer_given = true;
    EXPECT_EQ(at_source(source(), across), "InvalidArgument");
    across.transfer = TransferType::OssAcc;
    EXPECT_EQ(at_source(source(), across), "");

    for (const char* near : {"cn-beijing", "cn-hangzhou"}) {
        ReplicationRule inside = rule_to(near);
        inside.transfer_given = true;
        EXPECT_EQ(at_source(source(), inside), "");
        inside.transfer = TransferType::OssAcc;
        EXPECT_EQ(at_source(source(), inside), "InvalidArgument") << near;
    }
}

TEST(RuleChecks, refuse_rtc_where_it_is_not_offered) {
    ReplicationRule rule = rule_to("cn-beijing");
    rule.rtc = true;
    EXPECT_EQ(at_source(source(), rule), "");
    rule.target_region = "cn-hangzhou";
    EXPECT_EQ(at_source(source(), rule), "InvalidArgument");
    rule.target_region = "us-west-1";
    rule.transfer = TransferType::OssAcc;
    EXPECT_EQ(at_source(source(), rule), "InvalidArgument");
}

TEST(RuleChecks, let_one_oss_rule_a_pair_and_an_id_once) {
    Bucket bucket = source();
    ReplicationRule first = rule_to("cn-beijing");
    first.id = "r";
    bucket.rules = {first};

    EXPECT_EQ(at_source(bucket, rule_to("cn-beijing")), "BucketReplicationAlreadyExist");
    EXPECT_EQ(at_source(bucket, rule_to("cn-beijing", "there-too")), "");
    EXPECT_EQ(at_source(bucket, rule_to("cn-shanghai")), "");
    ReplicationRule same_id = rule_to("cn-shanghai");
    same_id.id = "r";
    EXPECT_EQ(at_source(bucket, same_id), "InvalidArgument");
    bucket.rules[0].status = ReplicationStatus::Closing;
    EXPECT_EQ(at_source(bucket, rule_to("cn-beijing")), "BucketReplicationAlreadyExist")
        << "a rule that is closing still holds its pair";
}

TEST(RuleChecks, let_s3_rules_share_a_destination_but_not_with_one_of_oss) {
    Bucket bucket = source();
    bucket.rules = {rule_to("cn-beijing")};
    ReplicationRule more = rule_to("cn-beijing");
    more.id = "more";
    more.dialect = RuleDialect::S3;

    EXPECT_EQ(at_source(bucket, more), "BucketReplicationAlreadyExist");
    bucket.rules[0].dialect = RuleDialect::S3Legacy;
    EXPECT_EQ(at_source(bucket, more), "");
}

TEST(RuleChecks, count_the_rules_of_a_bucket_to_its_quota) {
    Bucket bucket = source();
    for (int i = 0; i < 99; ++i) {
        bucket.rules.push_back(rule_to("cn-beijing", "b-" + std::to_string(i)));
    }
    EXPECT_EQ(at_source(bucket, rule_to("cn-beijing")), "");
    bucket.rules.push_back(rule_to("cn-beijing", "b-99"));
    EXPECT_EQ(at_source(bucket, rule_to("cn-beijing")), "TooManyOutgoingReplication");
    bucket.replication_rules_max = 101;
    EXPECT_EQ(at_source(bucket, rule_to("cn-beijing")), "");

    BucketFacts full = target();
    full.incoming_rules = 99;
    EXPECT_EQ(at_target(source(), rule_to("cn-beijing"), full), "");
    full.incoming_rules = 100;
    EXPECT_EQ(at_target(source(), rule_to("cn-beijing"), full), "TooManyIncomingReplication");
    full.incoming_rules_max = 101;
    EXPECT_EQ(at_target(source(), rule_to("cn-beijing"), full), "");
}

TEST(RuleChecks, want_a_destination_of_the_same_owner_in_the_place_named) {
    BucketFacts facts = target();
    facts.exists = false;
    EXPECT_EQ(at_target(source(), rule_to("cn-beijing"), facts), "InvalidTargetBucket");
    facts = target();
    facts.owner = "2000";
    EXPECT_EQ(at_target(source(), rule_to("cn-beijing"), facts), "InvalidTargetBucket");
    facts = target();
    facts.region = "cn-shanghai";
    EXPECT_EQ(at_target(source(), rule_to("cn-beijing"), facts), "InvalidTargetLocation");
}

TEST(RuleChecks, want_both_buckets_unversioned_or_both_enabled) {
    const ReplicationRule rule = rule_to("cn-beijing");
    using enum Versioning;

    EXPECT_EQ(at_target(source(Unversioned), rule, target(Unversioned)), "");
    EXPECT_EQ(at_target(source(Enabled), rule, target(Enabled)), "");
    EXPECT_EQ(at_target(source(Enabled), rule, target(Unversioned)), "InvalidBucketStatus");
    EXPECT_EQ(at_target(source(Unversioned), rule, target(Enabled)), "InvalidBucketStatus");
    EXPECT_EQ(at_target(source(Suspended), rule, target(Suspended)), "InvalidBucketStatus");
}

TEST(RuleChecks, allow_tags_only_in_versioned_buckets_with_put_where_they_are_offered) {
    using enum Versioning;
    ReplicationRule tagged = rule_to("cn-beijing");
    tagged.tags = {{"k", "v"}};
    tagged.actions = kReplicatePut;

    EXPECT_EQ(at_target(source(Enabled), tagged, target(Enabled)), "");
    EXPECT_EQ(at_target(source(Unversioned), tagged, target(Unversioned)), "InvalidBucketStatus");
    EXPECT_EQ(at_target(source(Enabled), tagged, target(Unversioned)), "InvalidBucketStatus");
    tagged.actions = kReplicateAll;
    EXPECT_EQ(at_target(source(Enabled), tagged, target(Enabled)), "InvalidArgument");

    ReplicationRule near = tagged;
    near.actions = kReplicatePut;
    near.target_region = "cn-hangzhou";
    BucketFacts facts = target(Enabled);
    facts.region = "cn-hangzhou";
    EXPECT_EQ(at_target(source(Enabled), near, facts), "InvalidArgument");
    EXPECT_EQ(at_target(source(Enabled), near, facts, true), "") << "modern";
}

}  // namespace
}  // namespace antipode::replication
