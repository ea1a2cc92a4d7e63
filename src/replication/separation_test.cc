#include "replication/sites_harness.h"

// Regions that are dead, come back, are cleaned or are connected anew: what is decided at one side
// never waits for the other, and never reaches further than a rule that is in force.
namespace antipode::replication::sites {
namespace {

class Separation : public Sites {
  protected:
    /// Rules in both directions between buckets of that name; their ids.
    std::pair<std::string, std::string> connect(const std::string& bucket) {
        const auto there = west.add_rule(bucket, east, bucket);
        const auto back = east.add_rule(bucket, west, bucket);
        EXPECT_TRUE(there && back);
        return {there->id, back->id};
    }

    bool has_ended(Site& site, const std::string& bucket) {
        return site.wait_until([&] {
            return site.config(bucket)->rules.empty() && !site.config(bucket)->has_live_rule();
        });
    }

    static std::vector<ObjectVersion> versions(Site& site, const std::string& bucket) {
        std::vector<ObjectVersion> out;
        for (auto& stored : site.versions(bucket)) {
            out.push_back(std::move(stored.version));
        }
        return out;
    }
};

TEST_F(Separation, from_a_dead_region_does_not_keep_a_third_from_being_added) {
    west.make_bucket("here");
    east.make_bucket("there");
    south.make_bucket("instead");
    const auto dead = west.add_rule("here", east, "there");
    ASSERT_TRUE(dead);
    ASSERT_TRUE(settle());
    east.door.is_cut = true;
    ASSERT_TRUE(west.put("here", "k", "v"));

    EXPECT_TRUE(west.add_rule("here", south, "instead"));
    EXPECT_TRUE(south.wait_until([this] { return south.get("instead", "k") == "v"; }));
    EXPECT_TRUE(west.remove_rule("here", dead->id));
    EXPECT_TRUE(west.wait_until([this] { return west.config("here")->rules.size() == 1; }));
    east.door.is_cut = false;
    EXPECT_TRUE(has_ended(east, "there"));
}

TEST_F(Separation, from_a_dead_region_does_not_keep_a_bucket_from_being_deleted) {
    west.make_bucket("here");
    east.make_bucket("there");
    const auto rule = west.add_rule("here", east, "there");
    ASSERT_TRUE(rule);
    ASSERT_TRUE(west.put("here", "k", "v"));
    ASSERT_TRUE(settle());
    east.door.is_cut = true;

    ASSERT_TRUE(west.remove("here", "k"));
    ASSERT_TRUE(west.remove_rule("here", rule->id));
    ASSERT_TRUE(west.wait_until([this] { return west.config("here")->rules.empty(); }));
    EXPECT_TRUE(west.run(west.buckets->delete_bucket(west.caller, BucketName("here"))));
    west.close();
    west.open(all());
    east.door.is_cut = false;

    EXPECT_TRUE(has_ended(east, "there")) << "it hears of the end though the bucket is gone";
    EXPECT_EQ(east.get("there", "k"), "v");
}

TEST_F(Separation, lets_one_side_be_emptied_without_the_other) {
    west.make_bucket("bucket");
    east.make_bucket("bucket");
    ASSERT_TRUE(west.put("bucket", "k", "v"));
    const auto [there, back] = connect("bucket");
    ASSERT_TRUE(settle());
    ASSERT_EQ(east.get("bucket", "k"), "v");
    ASSERT_TRUE(west.remove_rule("bucket", there));
    ASSERT_TRUE(east.remove_rule("bucket", back));
    ASSERT_TRUE(has_ended(west, "bucket"));
    ASSERT_TRUE(has_ended(east, "bucket"));

    ASSERT_TRUE(east.remove("bucket", "k"));
    EXPECT_TRUE(east.run(east.buckets->delete_bucket(east.caller, BucketName("bucket"))));
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.get("bucket", "k"), "v");
}

/// Both sides send everything once more while one of them has removed something meanwhile.
TEST_F(Separation, does_not_bring_back_what_was_removed_when_all_is_sent_again) {
    for (const bool versioned : {false, true}) {
        const std::string bucket = versioned ? "versioned" : "plain";
        for (Site* site : {&west, &east}) {
            site->make_bucket(bucket, versioned ? Versioning::Enabled : Versioning::Unversioned);
        }
        const std::string first = connect(bucket).first;
        const auto written = west.put(bucket, "k", "v");
        ASSERT_TRUE(written);
        ASSERT_TRUE(west.put(bucket, "stays", "v"));
        ASSERT_TRUE(settle());
        west.door.is_cut = true;
        ASSERT_TRUE(east.remove(
            bucket, "k", versioned ? std::optional(written->version.version_id()) : std::nullopt));
        ASSERT_TRUE(west.remove_rule(bucket, first));
        ASSERT_TRUE(west.wait_until([&] { return west.config(bucket)->rules.empty(); }));
        ASSERT_TRUE(west.add_rule(bucket, east, bucket));
        ASSERT_TRUE(west.wait_until([this] { return west.is_idle(); }));

        EXPECT_EQ(west.get(bucket, "k"), "v") << "it has not heard of the removal";
        EXPECT_EQ(east.versions(bucket).size(), 1U);
        west.door.is_cut = false;
        ASSERT_TRUE(settle());
        EXPECT_EQ(west.versions(bucket).size(), 1U);
        EXPECT_EQ(west.totals(bucket).slots, east.totals(bucket).slots);
    }
}

TEST_F(Separation, leaves_markers_where_they_are_when_both_sides_send_all_again) {
    west.make_bucket("bucket", Versioning::Enabled);
    east.make_bucket("bucket", Versioning::Enabled);
    const auto first = connect("bucket");
    ASSERT_TRUE(west.put("bucket", "a", "v"));
    ASSERT_TRUE(west.remove("bucket", "a"));
    ASSERT_TRUE(east.put("bucket", "b", "v"));
    ASSERT_TRUE(east.remove("bucket", "b"));
    ASSERT_TRUE(settle());
    const auto before = versions(west, "bucket");
    ASSERT_EQ(before.size(), 4U);
    for (int round = 0; round < 2; ++round) {
        for (Site* site : {&west, &east}) {
            const auto rules = site->config("bucket")->rules;
            ASSERT_EQ(rules.size(), 1U);
            ASSERT_TRUE(site->remove_rule("bucket", rules[0].id));
        }
        ASSERT_TRUE(has_ended(west, "bucket"));
        ASSERT_TRUE(has_ended(east, "bucket"));
        connect("bucket");
        ASSERT_TRUE(settle());

        EXPECT_EQ(versions(west, "bucket"), before);
        EXPECT_EQ(versions(east, "bucket"), before);
    }
}

/// The other side takes over, and the way home is the same as the way there.
TEST_F(Separation, ends_with_everything_at_both_sides_and_at_a_third) {
    for (Site* site : all()) {
        site->make_bucket("bucket");
    }
    connect("bucket");
    ASSERT_TRUE(west.add_rule("bucket", south, "bucket"));
    ASSERT_TRUE(east.add_rule("bucket", south, "bucket"));
    for (const char* key : {"kept", "changed", "removed"}) {
        ASSERT_TRUE(west.put("bucket", key, "of the first side"));
    }
    ASSERT_TRUE(settle());
    west.close();
    ASSERT_TRUE(east.put("bucket", "changed", "of the second side"));
    ASSERT_TRUE(east.put("bucket", "new", "of the second side"));
    ASSERT_TRUE(east.remove("bucket", "removed"));
    ASSERT_TRUE(
        south.wait_until([this] { return south.get("bucket", "new") == "of the second side"; }));

    west.open(all());
    ASSERT_TRUE(settle());
    ASSERT_TRUE(west.put("bucket", "new", "of the first side again"));
    ASSERT_TRUE(settle());

    EXPECT_EQ(west.get("bucket", "changed"), "of the second side");
    EXPECT_EQ(west.get("bucket", "removed"), std::nullopt);
    EXPECT_EQ(east.get("bucket", "new"), "of the first side again");
    EXPECT_EQ(south.get("bucket", "removed"), std::nullopt);
    EXPECT_EQ(west.totals("bucket").slots, east.totals("bucket").slots);
    EXPECT_EQ(west.totals("bucket").slots, south.totals("bucket").slots);
}

/// Without trust nothing flows; that is an error, and never "caught up".
TEST_F(Separation, by_a_link_that_is_not_trusted_is_said_and_never_called_caught_up) {
    const LinkSecret other{"another secret"};
    Site stranger{"cn-qingdao", simulation, other};
    stranger.open(all());
    stranger.make_bucket("here");
    east.make_bucket("there");
    EXPECT_FALSE(stranger.add_rule("here", east, "there"));
    ReplicationRule rule;
    rule.id = "untrusted";
    rule.target_bucket = BucketName("there");
    rule.target_region = east.name();
    ASSERT_TRUE(stranger.run(stranger.catalog().change_bucket(
        *stranger.catalog().find_bucket(BucketName("here")), [&rule](Bucket& config) {
            config.rules.push_back(rule);
            return Result<void>{};
        })));
    stranger.close();
    stranger.open(all());
    const auto status = [&stranger] {
        return stranger.run(stranger.manager->status("here")).value().at(0);
    };

    EXPECT_TRUE(stranger.wait_until([&] { return !status().last_error.empty(); }));
    EXPECT_NE(status().last_error.find("AccessDenied"), std::string::npos) << status().last_error;
    EXPECT_EQ(status().rule.status, ReplicationStatus::Starting);
    EXPECT_FALSE(status().is_reachable);
    EXPECT_FALSE(status().history_done);
    EXPECT_EQ(status().recovery_point_ms, 0);
    stranger.close();
}

/// All zones of the source have lost its bytes; what was there before the rule and what comes later
/// meet the same.
TEST_F(Separation, from_bytes_that_cannot_be_read_keeps_what_comes_behind_them_going) {
    for (const ErrorCode code : {ErrorCode::Corrupt, ErrorCode::NotFound}) {
        const std::string bucket = code == ErrorCode::Corrupt ? "damaged" : "lost";
        west.make_bucket(bucket);
        east.make_bucket(bucket);
        const std::string medium(30'000, 'x');  // Not in its row.
        ASSERT_TRUE(west.put(bucket, "a-damaged-before", medium));
        ASSERT_TRUE(west.put(bucket, "good-before", "v"));
        west.blobs().fail_reads(Error{code, "no zone has it"});
        ASSERT_TRUE(west.add_rule(bucket, east, bucket));
        ASSERT_TRUE(west.put(bucket, "damaged", medium));
        ASSERT_TRUE(west.put(bucket, "good", "v"));

        EXPECT_TRUE(west.wait_until([&] {
            return east.get(bucket, "good") == "v" && east.get(bucket, "good-before") == "v";
        }));
        const auto exceptions = [&] { return west.run(west.manager->exceptions(bucket, {})); };
        EXPECT_TRUE(west.wait_until([&] { return exceptions()->size() == 2; }));
        EXPECT_NE(exceptions()->front().reason.find("Corrupt"), std::string::npos);
        west.blobs().fail_reads({});
        ASSERT_TRUE(west.run(west.manager->retry(bucket, {}, {})));
        ASSERT_TRUE(settle());
        EXPECT_EQ(east.get(bucket, "damaged"), medium);
        EXPECT_EQ(east.get(bucket, "a-damaged-before"), medium);
    }
}

}  // namespace
}  // namespace antipode::replication::sites
