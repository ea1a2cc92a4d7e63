#include "replication/sites_harness.h"

// Objects that are encrypted: the table of docs/replication.md, row by row. What travels is plain
// (the link is not), and the destination seals it with keys of its own.
namespace antipode::replication::sites {
namespace {

const Encryption kPlain;
const Encryption kManaged{.kind = EncryptionKind::Aes256, .kms_key = {}};
const Encryption kDefaultKey{.kind = EncryptionKind::Kms, .kms_key = {}};
const Encryption kSourceKey{.kind = EncryptionKind::Kms, .kms_key = "source"};
const Encryption kReplicaKey{.kind = EncryptionKind::Kms, .kms_key = "replica"};

class EncryptedObjects : public Sites {
  protected:
    void SetUp() override {
        Sites::SetUp();
        west.make_bucket("here");
    }

    /// The rule from "here" to a bucket whose default is `encryption`, with or without the option.
    void pair_with(const Encryption& encryption, bool selects_kms) {
        east.make_bucket("there");
        ASSERT_TRUE(east.run(
            east.buckets->put_bucket_encryption(east.caller, BucketName("there"), encryption)));
        ReplicationRule rule;
        rule.target_region = "cn-beijing";
        rule.target_bucket = BucketName("there");
        if (selects_kms) {
            rule.kms_objects = true;
            rule.replica_kms_key = "replica";
            rule.sync_role = "role";
        }
        ASSERT_TRUE(west.add_rule("here", rule));
    }

    /// A small object and one that travels in chunks.
    void write(const Encryption& encryption) {
        ASSERT_TRUE(west.put("here", "small", kSmall, {}, encryption));
        ASSERT_TRUE(west.put("here", "large", kLarge, {}, encryption));
    }

    void expect_replicas(const Encryption& encryption) {
        ASSERT_TRUE(settle());
        for (const auto& [key, content] : {std::pair("small", kSmall), {"large", kLarge}}) {
            const auto source = west.describe("here", key);
            const auto replica = east.describe("there", key);
            ASSERT_TRUE(source && replica) << key;
            EXPECT_EQ(replica->encryption, encryption) << key;
            EXPECT_EQ(replica->etag, source->etag);
            EXPECT_EQ(replica->crc64, source->crc64);
            EXPECT_EQ(east.get("there", key), content) << key;
        }
        EXPECT_EQ(west.totals("here").slots, east.totals("there").slots);
        EXPECT_TRUE(exceptions().empty());
    }

    /// They are not there, said with the reason, and in nobody's way.
    void expect_excluded() {
        ASSERT_TRUE(west.put("here", "another", "plain", {}, kManaged));
        ASSERT_TRUE(settle());
        EXPECT_EQ(east.get("there", "another"), "plain");
        EXPECT_FALSE(east.describe("there", "small"));
        EXPECT_FALSE(east.describe("there", "large"));
        const auto listed = exceptions();
        ASSERT_EQ(listed.size(), 2U);
        for (const ReplicationException& one : listed) {
            EXPECT_TRUE(one.is_excluded);
            EXPECT_NE(one.reason.find("SseKmsEncryptedObjects"), std::string::npos) << one.reason;
        }
        const auto status = west.run(west.manager->status({})).value().front();
        EXPECT_EQ(status.backlog_operations, 0U);
        EXPECT_GE(status.recovery_point_ms, west.describe("here", "another")->last_modified_ms);
        const auto explained = west.run(west.manager->explain("here", "small", ""));
        ASSERT_TRUE(explained);
        EXPECT_EQ(explained->rules.front().state.kind, VersionState::Kind::Never);
        EXPECT_NE(explained->rules.front().state.reason.find("SseKmsEncryptedObjects"),
                  std::string::npos);
    }

    std::vector<ReplicationException> exceptions() {
        return west.run(west.manager->exceptions("here", {})).value();
    }

    const std::string kSmall = "small content";
    const std::string kLarge = std::string(2'500'000, 'x');
};

TEST_F(EncryptedObjects, row_1_plain_to_plain_stay_plain) {
    pair_with(kPlain, true);
    write(kPlain);
    expect_replicas(kPlain);
}

TEST_F(EncryptedObjects, row_2_plain_ones_take_the_managed_key_of_the_bucket) {
    pair_with(kManaged, false);
    write(kPlain);
    expect_replicas(kManaged);
}

TEST_F(EncryptedObjects, row_3_plain_ones_take_the_default_key_of_the_bucket) {
    pair_with(kDefaultKey, false);
    write(kPlain);
    expect_replicas(kDefaultKey);
}

TEST_F(EncryptedObjects, row_4_plain_ones_take_the_rules_key_where_the_bucket_has_one) {
    pair_with(kSourceKey, true);
    write(kPlain);
    expect_replicas(kReplicaKey);
}

TEST_F(EncryptedObjects, row_5_plain_ones_stay_away_where_the_bucket_has_a_key_and_the_rule_none) {
    pair_with(kSourceKey, false);
    write(kPlain);
    expect_excluded();
}

TEST_F(EncryptedObjects, row_6_those_of_the_managed_key_keep_it) {
    pair_with(kDefaultKey, true);
    write(kManaged);
    expect_replicas(kManaged);
}

TEST_F(EncryptedObjects, row_7_those_of_the_default_key_keep_it) {
    pair_with(kPlain, false);
    write(kDefaultKey);
    expect_replicas(kDefaultKey);
}

TEST_F(EncryptedObjects, row_8_those_of_a_key_get_the_rules) {
    pair_with(kPlain, true);
    write(kSourceKey);
    expect_replicas(kReplicaKey);
}

TEST_F(EncryptedObjects, row_9_those_of_a_key_stay_away_when_the_rule_has_none) {
    pair_with(kPlain, false);
    write(kSourceKey);
    expect_excluded();
}

TEST_F(EncryptedObjects, keep_their_encryption_when_attributes_change) {
    pair_with(kPlain, true);
    write(kSourceKey);
    ASSERT_TRUE(settle());
    ASSERT_TRUE(west.tag("here", "small", {{"k", "v"}}));
    ASSERT_TRUE(west.tag("here", "large", {{"k", "v"}}));
    expect_replicas(kReplicaKey);
    EXPECT_EQ(east.describe("there", "small")->attributes.tags, (NamedValues{{"k", "v"}}));
}

}  // namespace
}  // namespace antipode::replication::sites
