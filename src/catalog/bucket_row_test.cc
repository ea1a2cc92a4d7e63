#include <gtest/gtest.h>

#include "base/record.h"
#include "catalog/row_format.h"

namespace antipode::catalog {
namespace {

Bucket bucket_with_rules() {
    Bucket bucket;
    bucket.name = BucketName("here");
    bucket.id = "id";
    bucket.owner = AccountId("1000");
    bucket.replication_rules_max = 250;
    bucket.greatest_rule_epoch = 78;
    ReplicationRule rule;
    rule.id = "r";
    rule.prefixes = {"a/", "b/"};
    rule.tags = {{"k", "v"}};
    rule.any_tag = true;
    rule.kms_objects = true;
    rule.replica_kms_key = "key";
    rule.dialect = RuleDialect::S3;
    rule.is_enabled = false;
    rule.priority = -3;
    rule.delete_markers = false;
    rule.replica_modifications = false;
    rule.replica_class = StorageClass::InfrequentAccess;
    rule.epoch = 77;
    bucket.rules = {rule, ReplicationRule{}};
    bucket.incoming = {{.source_region = "cn-beijing",
                        .source_bucket = BucketName("there"),
                        .rule_id = "back",
                        .epoch = 9,
                        .floor = 5,
                        .is_closed = true,
                        .is_accelerated = true}};
    return bucket;
}

TEST(BucketRow, keeps_everything_of_rules) {
    const std::string row = encode(bucket_with_rules());
    const auto read = decode_bucket(row);

    ASSERT_TRUE(read);
    EXPECT_EQ(encode(*read), row);
    ASSERT_EQ(read->rules.size(), 2U);
    const ReplicationRule& rule = read->rules[0];
    EXPECT_EQ(rule.tags, (NamedValues{{"k", "v"}}));
    EXPECT_TRUE(rule.any_tag);
    EXPECT_EQ(rule.kms_objects, true);
    EXPECT_EQ(rule.replica_kms_key, "key");
    EXPECT_EQ(rule.dialect, RuleDialect::S3);
    EXPECT_FALSE(rule.is_enabled);
    EXPECT_EQ(rule.priority, -3);
    EXPECT_FALSE(rule.delete_markers);
    EXPECT_FALSE(rule.replica_modifications);
    EXPECT_EQ(rule.replica_class, StorageClass::InfrequentAccess);
    EXPECT_EQ(read->rules[1].kms_objects, std::nullopt);
    EXPECT_EQ(read->rules[1].replica_class, std::nullopt);
    EXPECT_TRUE(read->rules[1].is_enabled);
    EXPECT_EQ(read->incoming[0].floor, 5U);
    EXPECT_TRUE(read->incoming[0].is_closed);
    EXPECT_TRUE(read->incoming[0].is_accelerated);
    EXPECT_EQ(read->replication_quota(), 250U);
    EXPECT_EQ(read->greatest_rule_epoch, 78U);
}

// As the first release wrote it: a bucket with one rule and one closed incoming one.
TEST(BucketRow, of_the_first_format_is_still_read) {
    RecordWriter out;
    out.u8(1);
    for (const char* text : {"here", "id", "1000"}) {
        out.text(text);
    }
    out.varint(0);
    for (int i = 0; i < 5; ++i) {
        out.u8(0);  // ACL, class, redundancy, versioning, acceleration.
    }
    out.varint(1);
    out.text("r");
    out.varint(0);
    out.u8(kReplicateAll);
    for (const char* text : {"ALL", "there", "cn-beijing"}) {
        out.text(text);
    }
    for (int i = 0; i < 4; ++i) {
        out.u8(0);  // Transfer, given, history, RTC.
    }
    out.text("");
    out.u8(1);
    out.varint(42);
    out.varint(7);
    out.varint(0);
    out.varint(1);
    for (const char* text : {"cn-beijing", "there", "back"}) {
        out.text(text);
    }
    out.varint(9);
    out.u8(1);
    out.varint(0);
    out.varint(0);

    const auto read = decode_bucket(out.str());

    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->rules.size(), 1U);
    EXPECT_EQ(read->rules[0].epoch, 42U);
    EXPECT_TRUE(read->rules[0].is_enabled);
    EXPECT_TRUE(read->rules[0].delete_markers);
    ASSERT_EQ(read->incoming.size(), 1U);
    EXPECT_EQ(read->incoming[0].floor, 9U) << "what was closed stays fenced";
    EXPECT_EQ(read->replication_quota(), kReplicationRulesMax);
}

TEST(BucketRow, keeps_a_retention_policy_with_and_without_encryption) {
    Bucket bucket;
    bucket.name = BucketName("here");
    bucket.retention = Retention{.id = "r", .days = 25550, .created_ms = -7, .is_locked = true};
    for (const EncryptionKind kind : {EncryptionKind::None, EncryptionKind::Aes256}) {
        bucket.encryption = Encryption{.kind = kind, .kms_key = {}};

        const auto read = decode_bucket(encode(bucket));

        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(read->retention, bucket.retention);
        EXPECT_EQ(read->encryption, bucket.encryption);
    }
}

TEST(BucketRow, of_an_unknown_format_is_refused) {
    std::string row = encode(bucket_with_rules());
    row[0] = 5;

    EXPECT_EQ(decode_bucket(row).error().code, ErrorCode::Corrupt);
    EXPECT_FALSE(decode_bucket({}));
}

}  // namespace
}  // namespace antipode::catalog
