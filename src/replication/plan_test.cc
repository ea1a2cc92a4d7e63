#include <algorithm>

#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

class Planning : public TwoRegions {
  protected:
    static ReplicationRule rule_to(const std::string& region, const std::string& bucket) {
        ReplicationRule rule;
        rule.target_region = region;
        rule.target_bucket = BucketName(bucket);
        return rule;
    }

    Result<RulePlan> plan(ReplicationRule rule, std::uint64_t bytes_per_second = 0) {
        PlanRequest request{
            .bucket = "here", .rule = std::move(rule), .bytes_per_second = bytes_per_second};
        return west->run(west->manager_->plan(std::move(request)));
    }

    static bool has(const RulePlan& plan, const std::string& code, bool is_obstacle) {
        return std::ranges::any_of(plan.notes, [&](const PlanNote& note) {
            return note.code == code && note.is_obstacle == is_obstacle;
        });
    }
};

TEST_F(Planning, counts_what_matches_and_reckons_the_time_and_changes_nothing) {
    make_buckets(false);
    ASSERT_TRUE(west->put("here", "in/a", std::string(1000, 'x')));
    ASSERT_TRUE(west->put("here", "in/b", std::string(3000, 'x')));
    ASSERT_TRUE(west->put("here", "out/c", std::string(5000, 'x')));
    ReplicationRule rule = rule_to("cn-beijing", "there");
    rule.prefixes = {"in/"};

    const auto found = plan(rule, 1000);

    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->objects, 2U);
    EXPECT_EQ(found->bytes, 4000U);
    EXPECT_EQ(found->largest_bytes, 3000U);
    ASSERT_TRUE(found->duration_ms);
    EXPECT_NEAR(static_cast<double>(*found->duration_ms), 4500, 200);
    EXPECT_TRUE(found->notes.empty());
    EXPECT_TRUE(west->catalog_.find_bucket(BucketName("here"))->config()->rules.empty());
}

TEST_F(Planning, names_what_stands_against_the_rule) {
    make_buckets(false);
    ReplicationRule keys = rule_to("cn-beijing", "there");
    keys.kms_objects = true;

    EXPECT_TRUE(has(*plan(rule_to("cn-beijing", "nowhere")), "InvalidTargetBucket", true));
    EXPECT_TRUE(has(*plan(rule_to("eu-west-1", "there")), "BadReplicationLocation", true));
    EXPECT_TRUE(has(*plan(keys), "MissingKey", true));
    PlanRequest request{
        .bucket = "no-bucket", .rule = rule_to("cn-beijing", "there"), .bytes_per_second = 0};
    EXPECT_EQ(west->run(west->manager_->plan(std::move(request))).error().code,
              ErrorCode::NoSuchBucket);
}

TEST_F(Planning, finds_the_way_back) {
    make_buckets(true);
    ASSERT_TRUE(east->add_rule("there", "cn-hangzhou", "here"));
    ASSERT_TRUE(east->verify("there").is_identical);

    const auto found = plan(rule_to("cn-beijing", "there"));

    ASSERT_TRUE(found);
    EXPECT_TRUE(has(*found, "Loop", false));
    EXPECT_TRUE(has(*found, "Chain", false));
    EXPECT_FALSE(std::ranges::any_of(found->notes, &PlanNote::is_obstacle));
}

}  // namespace
}  // namespace antipode::replication
