#include "replication/sites_harness.h"

// Rules as S3 makes them: all of a bucket at once, several to one destination, priorities.
namespace antipode::replication::sites {
namespace {

class S3Rules : public Sites {
  protected:
    void SetUp() override {
        Sites::SetUp();
        west.make_bucket("here", Versioning::Enabled);
        east.make_bucket("there", Versioning::Enabled);
    }

    static ReplicationRule rule(std::string id, std::string prefix = {}) {
        ReplicationRule out;
        out.id = std::move(id);
        out.dialect = RuleDialect::S3;
        out.actions = kReplicatePut;
        out.history = false;
        out.target_bucket = BucketName("there");
        if (!prefix.empty()) {
            out.prefixes = {std::move(prefix)};
        }
        return out;
    }

    Result<void> replace(std::vector<ReplicationRule> rules) {
        return west.run(
            west.manager->replace_rules(west.caller, BucketName("here"), std::move(rules)));
    }

    std::optional<Delivery> delivery(Site& site,
                                     const std::string& bucket,
                                     const std::string& key) {
        return site
            .run(site.manager->delivery(BucketName(bucket), site.describe(bucket, key).value()))
            .value();
    }
};

TEST_F(S3Rules, find_the_region_of_a_destination_that_was_named_without_one) {
    ASSERT_TRUE(replace({rule("r")}));
    EXPECT_EQ(west.config("here")->rules[0].target_region, "cn-beijing");
    ASSERT_TRUE(west.put("here", "k", "v"));
    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("there", "k"), "v");

    south.make_bucket("there", Versioning::Enabled);
    EXPECT_EQ(replace({rule("other")}).error().code, ErrorCode::InvalidRequest)
        << "two regions have such a bucket";
    ReplicationRule named = rule("other");
    named.target_region = "cn-shenzhen";
    EXPECT_TRUE(replace({named}));
    ReplicationRule nowhere = rule("r");
    nowhere.target_bucket = BucketName("nowhere");
    EXPECT_EQ(replace({nowhere}).error().code, ErrorCode::InvalidRequest);
    south.door.is_cut = true;
    EXPECT_EQ(replace({nowhere}).error().code, ErrorCode::Unavailable);
}

TEST_F(S3Rules, want_versioning_on_both_sides) {
    west.make_bucket("plain");
    const auto plain = west.run(west.manager->replace_rules(
        west.caller, BucketName("plain"), std::vector<ReplicationRule>{rule("r")}));
    EXPECT_EQ(plain.error().code, ErrorCode::InvalidRequest);
    east.make_bucket("unversioned");
    ReplicationRule to_plain = rule("r");
    to_plain.target_bucket = BucketName("unversioned");
    EXPECT_EQ(replace({to_plain}).error().code, ErrorCode::InvalidBucketStatus);
}

TEST_F(S3Rules, do_not_wipe_out_rules_of_oss_unless_all_are_deleted) {
    ASSERT_TRUE(west.add_rule("here", east, "there"));

    EXPECT_EQ(replace({rule("r")}).error().code, ErrorCode::InvalidRequest);
    EXPECT_EQ(west.config("here")->rules.size(), 1U);
    EXPECT_TRUE(replace({}));
    EXPECT_TRUE(west.config("here")->rules.empty());
    EXPECT_TRUE(replace({rule("r")}));
}

TEST_F(S3Rules, are_checked_before_anything_is_changed) {
    ASSERT_TRUE(replace({rule("r")}));
    ReplicationRule bad = rule("bad");
    bad.target_bucket = BucketName("nowhere");

    EXPECT_FALSE(replace({rule("new"), bad}));
    ASSERT_EQ(west.config("here")->rules.size(), 1U);
    EXPECT_EQ(west.config("here")->rules[0].id, "r");
    EXPECT_EQ(replace({rule("same"), rule("same")}).error().code, ErrorCode::InvalidArgument);
}

TEST_F(S3Rules, keep_what_waits_when_they_are_set_again) {
    ASSERT_TRUE(replace({rule("r")}));
    ASSERT_TRUE(settle());
    const std::uint64_t epoch = west.config("here")->rules[0].epoch;
    east.door.is_cut = true;
    ASSERT_TRUE(west.put("here", "waiting", "v"));
    ReplicationRule changed = rule("r");
    changed.priority = 5;
    changed.target_region = "cn-beijing";
    east.door.is_cut = false;
    ASSERT_TRUE(replace({changed}));
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.config("here")->rules[0].priority, 5);
    EXPECT_EQ(west.config("here")->rules[0].epoch, epoch);
    EXPECT_EQ(east.get("there", "waiting"), "v");
}

TEST_F(S3Rules, replicate_nothing_that_was_written_while_they_were_disabled) {
    ReplicationRule off = rule("r");
    off.is_enabled = false;
    ASSERT_TRUE(replace({off}));
    ASSERT_TRUE(west.put("here", "while-off", "v"));
    EXPECT_EQ(delivery(west, "here", "while-off"), std::nullopt);
    ASSERT_TRUE(replace({rule("r")}));
    ASSERT_TRUE(west.put("here", "while-on", "v"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.get("there", "while-on"), "v");
    EXPECT_EQ(east.get("there", "while-off"), std::nullopt);
}

TEST_F(S3Rules, share_a_destination_by_prefix_and_priority) {
    ReplicationRule all = rule("all");
    all.priority = 1;
    all.delete_markers = true;
    ReplicationRule cold = rule("cold", "cold/");
    cold.priority = 2;
    cold.delete_markers = false;
    cold.replica_class = StorageClass::InfrequentAccess;
    ASSERT_TRUE(replace({all, cold}));
    ASSERT_TRUE(west.put("here", "warm/1", "w"));
    ASSERT_TRUE(west.put("here", "cold/1", "c"));
    ASSERT_TRUE(settle());
    ASSERT_TRUE(west.remove("here", "warm/1"));
    ASSERT_TRUE(west.remove("here", "cold/1"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.versions("there").size(), 3U);
    EXPECT_EQ(east.get("there", "warm/1"), std::nullopt) << "its marker came over";
    EXPECT_EQ(east.get("there", "cold/1"), "c") << "the rule of higher priority takes no markers";
    EXPECT_EQ(east.describe("there", "cold/1")->attributes.storage_class,
              StorageClass::InfrequentAccess);
    EXPECT_EQ(west.versions("here").size(), 4U);
}

TEST_F(S3Rules, end_one_by_one_without_harm_to_the_others) {
    ReplicationRule a = rule("a", "a/");
    ReplicationRule b = rule("b", "b/");
    b.priority = 1;
    ASSERT_TRUE(replace({a, b}));
    ASSERT_TRUE(settle());
    ASSERT_TRUE(replace({b}));
    ASSERT_TRUE(east.wait_until([this] {
        return std::ranges::count_if(east.config("there")->incoming,
                                     [](const auto& incoming) { return !incoming.is_closed; }) == 1;
    }));
    ASSERT_TRUE(west.put("here", "a/1", "a"));
    ASSERT_TRUE(west.put("here", "b/1", "b"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.get("there", "a/1"), std::nullopt);
    EXPECT_EQ(east.get("there", "b/1"), "b");
}

TEST_F(S3Rules, tell_what_became_of_each_version) {
    ASSERT_TRUE(west.put("here", "before", "v"));
    ASSERT_TRUE(replace({rule("r", "k")}));
    ASSERT_TRUE(settle());
    east.door.is_cut = true;
    ASSERT_TRUE(west.put("here", "k", "v"));
    EXPECT_EQ(delivery(west, "here", "k"), Delivery::Pending);
    east.door.is_cut = false;
    EXPECT_TRUE(
        west.wait_until([this] { return delivery(west, "here", "k") == Delivery::Completed; }));
    EXPECT_EQ(delivery(east, "there", "k"), Delivery::Replica);
    EXPECT_EQ(delivery(west, "here", "before"), std::nullopt) << "no rule takes it";
    ASSERT_TRUE(replace({}));
    EXPECT_EQ(delivery(west, "here", "k"), std::nullopt);
}

TEST_F(S3Rules, send_changes_of_replicas_back_only_when_they_say_so) {
    ASSERT_TRUE(replace({rule("r")}));
    ReplicationRule back = rule("back");
    back.target_bucket = BucketName("here");
    back.replica_modifications = false;
    const auto set = [&](bool modifications) {
        back.replica_modifications = modifications;
        return east.run(east.manager->replace_rules(
            east.caller, BucketName("there"), std::vector<ReplicationRule>{back}));
    };
    ASSERT_TRUE(set(false));
    ASSERT_TRUE(west.put("here", "k", "v"));
    ASSERT_TRUE(settle());
    ASSERT_TRUE(east.tag("there", "k", {{"t", "1"}}));
    ASSERT_TRUE(settle());
    EXPECT_TRUE(west.describe("here", "k")->attributes.tags.empty());
    ASSERT_TRUE(set(true));
    ASSERT_TRUE(east.tag("there", "k", {{"t", "2"}}));
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.describe("here", "k")->attributes.tags, (NamedValues{{"t", "2"}}));
}

}  // namespace
}  // namespace antipode::replication::sites
