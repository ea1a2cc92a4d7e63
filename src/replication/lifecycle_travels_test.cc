#include "lifecycle/walk.h"
#include "replication/sites_harness.h"

// Of what lifecycle does at a source, this reaches the destination: docs/replication.md.
namespace antipode::replication::sites {
namespace {

/// A day of the rules has ten seconds here.
constexpr runtime::Duration kDay = std::chrono::seconds(10);

class LifecycleTravels : public Sites {
  protected:
    /// One pair of buckets under Action ALL and one under Action PUT.
    void make_pairs(Versioning versioning) {
        for (const char* name : {"all", "put"}) {
            west.make_bucket(name, versioning);
            east.make_bucket(name, versioning);
            add_rule(name);
        }
    }

    void add_rule(const std::string& bucket) {
        ReplicationRule rule;
        rule.target_region = east.name();
        rule.target_bucket = BucketName(bucket);
        if (bucket == "put") {
            rule.actions = kReplicatePut;
            rule.action_text = "PUT";
        }
        ASSERT_TRUE(west.add_rule(bucket, rule));
    }

    void let_pass(runtime::Duration time) {
        simulation.executor.post_after(time, [] {});
        simulation.executor.run(time);
    }

    static void set_rule(Site& site, const std::string& bucket, LifecycleRule rule) {
        rule.id = "r";
        ASSERT_TRUE(site.run(site.buckets->put_bucket_lifecycle(
            site.caller, BucketName(bucket), LifecycleRules{std::move(rule)}, false)));
    }

    void set_rules(const LifecycleRule& rule) {
        set_rule(west, "all", rule);
        set_rule(west, "put", rule);
    }

    static Task<bool> go_on(lifecycle::Figures& sum, lifecycle::Figures done) {
        sum += done;
        co_return true;
    }

    static lifecycle::Figures walk(Site& site, const std::string& bucket) {
        lifecycle::Figures sum;
        lifecycle::BucketWalk walk;
        walk.bucket = site.catalog().find_bucket(BucketName(bucket));
        walk.pause = [&sum](lifecycle::Figures done, const std::string&) {
            return go_on(sum, done);
        };
        const lifecycle::Tools tools{.objects = *site.objects, .day = kDay};
        EXPECT_TRUE(site.run(lifecycle::walk_bucket(tools, std::move(walk))));
        return sum;
    }

    void walk_both() {
        walk(west, "all");
        walk(west, "put");
    }

    static LifecycleRule expiring() {
        LifecycleRule rule;
        rule.expiration = LifecycleTime{.days = 1, .date_ms = {}};
        return rule;
    }

    void put_both(const std::string& key) {
        ASSERT_TRUE(west.put("all", key, "v"));
        ASSERT_TRUE(west.put("put", key, "v"));
    }

    void expect_equal(const std::string& bucket) {
        EXPECT_EQ(west.totals(bucket).slots, east.totals(bucket).slots) << bucket;
    }
};

TEST_F(LifecycleTravels, as_a_delete_in_unversioned_buckets_only_with_all) {
    make_pairs(Versioning::Unversioned);
    put_both("k");
    ASSERT_TRUE(settle());
    set_rules(expiring());
    let_pass(3 * kDay);
    walk_both();
    ASSERT_TRUE(settle());

    EXPECT_TRUE(west.versions("all").empty());
    EXPECT_TRUE(west.versions("put").empty());
    EXPECT_TRUE(east.versions("all").empty());
    EXPECT_EQ(east.get("put", "k"), "v");
    expect_equal("all");
}

TEST_F(LifecycleTravels, as_a_marker_with_both_actions) {
    make_pairs(Versioning::Enabled);
    put_both("k");
    ASSERT_TRUE(settle());
    set_rules(expiring());
    let_pass(3 * kDay);
    walk_both();
    ASSERT_TRUE(settle());

    for (const char* bucket : {"all", "put"}) {
        expect_equal(bucket);
        ASSERT_EQ(east.versions(bucket).size(), 2U);
        EXPECT_TRUE(east.versions(bucket)[0].version.is_delete_marker);
        EXPECT_EQ(east.get(bucket, "k"), std::nullopt);
    }
}

TEST_F(LifecycleTravels, removal_of_versions_and_of_markers_only_with_all) {
    make_pairs(Versioning::Enabled);
    put_both("overwritten");
    put_both("overwritten");
    for (const char* bucket : {"all", "put"}) {
        const auto version = west.put(bucket, "lone", "v");
        ASSERT_TRUE(west.remove(bucket, "lone"));
        ASSERT_TRUE(settle());
        ASSERT_TRUE(west.remove(bucket, "lone", version->version.version_id()));
    }
    ASSERT_TRUE(settle());
    LifecycleRule rule;
    rule.noncurrent_expiration = {.days = 1, .kept = 0};
    rule.removes_lone_markers = true;
    set_rules(rule);
    let_pass(3 * kDay);
    walk_both();
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.versions("put").size(), 1U);
    EXPECT_EQ(east.versions("all").size(), 1U);
    expect_equal("all");
    ASSERT_EQ(east.versions("put").size(), 4U) << "two versions, a marker and what it hides";
}

TEST_F(LifecycleTravels, change_of_class_with_both_actions_and_the_time_stays) {
    make_pairs(Versioning::Enabled);
    put_both("k");
    ASSERT_TRUE(settle());
    const std::int64_t written_ms = east.describe("put", "k")->last_modified_ms;
    LifecycleRule rule;
    rule.transitions = {{.when = {.days = 1, .date_ms = {}}}};
    set_rules(rule);
    let_pass(3 * kDay);
    walk_both();
    ASSERT_TRUE(settle());

    for (const char* bucket : {"all", "put"}) {
        expect_equal(bucket);
        const auto replica = east.describe(bucket, "k");
        ASSERT_TRUE(replica);
        EXPECT_EQ(replica->attributes.storage_class, StorageClass::InfrequentAccess);
        EXPECT_EQ(replica->last_modified_ms, written_ms);
        EXPECT_EQ(east.versions(bucket).size(), 1U);
        EXPECT_EQ(east.get(bucket, "k"), "v");
    }
}

TEST_F(LifecycleTravels, without_the_rules_themselves) {
    make_pairs(Versioning::Unversioned);
    put_both("k");
    set_rules(expiring());
    let_pass(3 * kDay);
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.catalog().find_bucket(BucketName("all"))->lifecycle(), nullptr);
    EXPECT_EQ(walk(east, "all"), lifecycle::Figures{});
    EXPECT_EQ(east.get("all", "k"), "v");
}

TEST_F(LifecycleTravels, a_replica_is_as_old_as_its_source_and_expires_for_itself) {
    west.make_bucket("all");
    east.make_bucket("all");
    set_rule(east, "all", expiring());
    ASSERT_TRUE(west.put("all", "old", "v"));
    let_pass(3 * kDay);
    ASSERT_TRUE(west.put("all", "young", "v"));
    add_rule("all");
    ASSERT_TRUE(settle());
    ASSERT_EQ(east.versions("all").size(), 2U);

    EXPECT_EQ(walk(east, "all").expired, 1U) << "it arrived just now, but was written long ago";
    ASSERT_TRUE(settle());
    EXPECT_EQ(east.get("all", "old"), std::nullopt);
    EXPECT_EQ(east.get("all", "young"), "v");
    EXPECT_EQ(west.get("all", "old"), "v") << "no rule leads back";
}

TEST_F(LifecycleTravels, what_is_done_to_a_replica_goes_back_where_a_rule_leads_back) {
    west.make_bucket("all");
    east.make_bucket("all");
    ASSERT_TRUE(west.add_rule("all", east, "all"));
    ASSERT_TRUE(east.add_rule("all", west, "all"));
    set_rule(east, "all", expiring());
    ASSERT_TRUE(west.put("all", "old", "v"));
    ASSERT_TRUE(settle());
    let_pass(3 * kDay);
    EXPECT_EQ(walk(east, "all").expired, 1U);
    ASSERT_TRUE(settle());

    EXPECT_TRUE(west.versions("all").empty());
    expect_equal("all");
}

TEST_F(LifecycleTravels, an_object_that_expires_while_it_is_under_way_holds_nothing_up) {
    int chunks = 0;
    east.door.answered = [&chunks](const http::Request& request, http::Response&) {
        chunks += request.target.find("/chunk?") == std::string::npos ? 0 : 1;
    };
    make_pairs(Versioning::Unversioned);
    ASSERT_TRUE(settle());
    const std::string large(9'000'000, 'x');
    east.door.weather = {.lost = 500, .unheard = 300, .repeated = 0, .late = 0};
    for (const char* bucket : {"all", "put"}) {
        ASSERT_TRUE(west.put(bucket, "k", large));
    }
    set_rules(expiring());
    // Under way: something of both is there, all of neither.
    ASSERT_TRUE(east.wait_until([&chunks] { return chunks >= 2; }));
    east.door.is_cut = true;
    ASSERT_FALSE(east.get("put", "k").has_value());
    ASSERT_FALSE(east.get("all", "k").has_value());
    let_pass(3 * kDay);
    walk_both();
    ASSERT_TRUE(west.versions("put").empty());
    east.door.is_cut = false;
    east.door.weather = {};
    ASSERT_TRUE(west.put("all", "behind", "v"));
    ASSERT_TRUE(west.put("put", "behind", "v"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(east.get("all", "behind"), "v");
    EXPECT_EQ(east.get("put", "behind"), "v");
    EXPECT_FALSE(east.get("all", "k").has_value()) << "with ALL the delete comes after it";
    const auto copy = east.get("put", "k");
    EXPECT_TRUE(!copy || *copy == large) << "it may stay, but whole";
}

}  // namespace
}  // namespace antipode::replication::sites
