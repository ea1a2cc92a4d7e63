#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

class Losing : public TwoRegions {
  protected:
    LossReport loss() {
        const auto found = east->run(east->manager_->loss("there"));
        EXPECT_TRUE(found) << found.error().message;
        return found && found->size() == 1 ? found->front() : LossReport{};
    }
};

TEST_F(Losing, the_source_leaves_the_names_of_what_was_still_on_its_way) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "small", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);
    // So slow that the large object is still under way when the source goes.
    LimitChange slow{.bucket = "here",
                     .rule_id = {},
                     .bytes_per_second = kBandwidthMin,
                     .priority = {},
                     .threshold_ms = {}};
    ASSERT_TRUE(west->run(west->manager_->set_limits(std::move(slow))));
    ASSERT_TRUE(west->put("here", "large", std::string(9'000'000, 'x')));
    ASSERT_TRUE(east->wait_until([this] { return loss().versions == 1; }));
    west->disconnect();

    const LossReport report = loss();

    EXPECT_TRUE(report.was_heard);
    EXPECT_EQ(report.versions, 1U);
    EXPECT_EQ(report.bytes, 9'000'000U);
    ASSERT_EQ(report.missing.size(), 1U);
    EXPECT_EQ(report.missing[0].key, "large");
    EXPECT_EQ(report.oldest_ms, report.missing[0].committed_ms);
    EXPECT_GE(report.known_to_ms, report.oldest_ms) << "it was announced after it was committed";
    west->connect(*east);
}

TEST_F(Losing, the_source_when_all_has_arrived_loses_nothing_that_is_known) {
    make_buckets(false);
    ASSERT_TRUE(west->put("here", "old", "1"));
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->put("here", "a", "2"));
    ASSERT_TRUE(west->remove("here", "a"));
    ASSERT_TRUE(west->verify("here").is_identical);
    ASSERT_TRUE(east->wait_until(
        [this] { return loss().was_heard && loss().history_left == 0 && loss().versions == 0; }));

    const LossReport report = loss();
    EXPECT_EQ(report.removals, 0U);
    EXPECT_EQ(report.oldest_ms, 0);
    EXPECT_TRUE(report.missing.empty());
}

TEST_F(Losing, a_source_that_never_spoke_is_said_to_be_unknown) {
    make_buckets(false);
    ASSERT_TRUE(east->run(east->catalog_.change_bucket(
        *east->catalog_.find_bucket(BucketName("there")), [](Bucket& config) -> Result<void> {
            config.incoming.push_back({.source_region = "cn-hangzhou",
                                       .source_bucket = BucketName("here"),
                                       .rule_id = "r",
                                       .epoch = 1});
            return {};
        })));

    EXPECT_FALSE(loss().was_heard);
    EXPECT_EQ(east->run(east->manager_->loss("nowhere")).error().code, ErrorCode::NoSuchBucket);
}

TEST_F(Losing, a_rule_that_was_removed_leaves_nothing_behind) {
    make_buckets(false);
    const auto rule = west->add_rule("here", "cn-beijing", "there");
    ASSERT_TRUE(east->wait_until([this] { return loss().was_heard; }));

    ASSERT_TRUE(
        west->run(west->manager_->remove_rule(west->caller_, BucketName("here"), rule->id)));

    EXPECT_TRUE(east->wait_until(
        [this] { return east->run(east->manager_->loss("there")).value().empty(); }));
}

}  // namespace
}  // namespace antipode::replication
