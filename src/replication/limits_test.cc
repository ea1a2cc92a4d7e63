#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

class Limited : public TwoRegions {
  protected:
    void SetUp() override {
        TwoRegions::SetUp();
        make_buckets(false);
        ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
        // The walk over what was there, nothing, meets none of what the tests write.
        ASSERT_TRUE(west->wait_until([this] { return west->status("here").history_done; }));
    }

    Result<RuleLimits> limit(std::optional<std::uint64_t> bytes_per_second,
                             std::optional<int> priority = {},
                             std::optional<std::int64_t> threshold_ms = {}) {
        LimitChange change{.bucket = "here",
                           .rule_id = {},
                           .bytes_per_second = bytes_per_second,
                           .priority = priority,
                           .threshold_ms = threshold_ms};
        return west->run(west->manager_->set_limits(std::move(change)));
    }

    Result<void> limit_link(std::string region, std::uint64_t bytes_per_second) {
        return west->run(west->manager_->set_link_limit(std::move(region), bytes_per_second));
    }
};

TEST_F(Limited, rules_bring_small_objects_over_while_a_large_one_takes_its_time) {
    ASSERT_TRUE(limit(kBandwidthMin));
    // More than two minutes at that rate.
    ASSERT_TRUE(west->put("here", "large", std::string(9'000'000, 'x')));
    ASSERT_TRUE(west->wait_until([this] { return west->status("here").operations_sent > 0; }));

    ASSERT_TRUE(west->put("here", "small", "1"));

    EXPECT_TRUE(west->wait_until([this] { return east->get("there", "small") == "1"; }));
    EXPECT_EQ(east->get("there", "large"), std::nullopt);
    ASSERT_TRUE(limit(0));
    EXPECT_TRUE(west->verify("here").is_identical);
}

TEST_F(Limited, rules_send_nothing_again_that_went_past_a_large_one) {
    ASSERT_TRUE(limit(kBandwidthMin));
    ASSERT_TRUE(west->put("here", "large", std::string(9'000'000, 'x')));
    ASSERT_TRUE(west->wait_until([this] { return west->status("here").operations_sent > 0; }));
    constexpr int kSmall = 50;
    for (int i = 0; i < kSmall; ++i) {
        ASSERT_TRUE(west->put("here", "small" + std::to_string(i), "1"));
    }
    ASSERT_TRUE(west->wait_until([this] {
        const RuleStatus status = west->status("here");
        return status.operations_sent > kSmall && status.backlog_operations == 1;
    }));

    // Twice: what the first start knew the second one knows too.
    for (int start = 0; start < 2; ++start) {
        west->disconnect();
        west->connect(*east);
        ASSERT_TRUE(west->wait_until([this] { return west->status("here").operations_sent > 0; }));
        EXPECT_EQ(west->status("here").backlog_operations, 1U);
    }
    ASSERT_TRUE(limit(0));

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_LE(west->status("here").operations_sent, 2U) << "the large one, asked for and named";
}

TEST_F(Limited, rules_keep_to_the_least_limit_and_nothing_is_cut_by_a_deadline) {
    ASSERT_TRUE(limit(kBandwidthMin));
    const auto begin = west->now();
    ASSERT_TRUE(west->put("here", "a", std::string(200'000, 'x')));

    EXPECT_TRUE(west->verify("here").is_identical);

    EXPECT_GE(west->now() - begin, 2s) << "200,000 bytes at 64 KiB/s";
    EXPECT_EQ(west->status("here").last_error, "");
}

TEST_F(Limited, links_are_shared_by_their_rules) {
    ASSERT_TRUE(limit_link("cn-beijing", kBandwidthMin));
    const auto links = west->manager_->links();

    ASSERT_EQ(links.size(), 1U);
    EXPECT_EQ(links[0].bytes_per_second_max, kBandwidthMin);
    EXPECT_EQ(links[0].rules, 1U);
    EXPECT_EQ(limit_link("eu-west-1", kBandwidthMin).error().code, ErrorCode::NotFound);
    EXPECT_EQ(limit_link("cn-beijing", 1).error().code, ErrorCode::InvalidArgument);
}

TEST_F(Limited, rules_say_that_history_is_copied_only_when_all_of_it_is) {
    west->make_bucket("old", false);
    east->make_bucket("copy", false);
    for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(west->put("old", "k" + std::to_string(i), std::string(50'000, 'x')));
    }
    ASSERT_TRUE(limit_link("cn-beijing", kBandwidthMin));
    ASSERT_TRUE(west->add_rule("old", "cn-beijing", "copy"));
    const auto progress = [this] {
        return west->run(west->manager_->progress(west->caller_, BucketName("old"), {}))
            .value()
            .at(0);
    };
    ASSERT_TRUE(west->wait_until([this] { return west->status("old").history_total == 40; }));
    // What is written now goes before history and is there, but history is not.
    ASSERT_TRUE(west->put("old", "new", "1"));
    ASSERT_TRUE(west->wait_until([this] { return east->get("copy", "new") == "1"; }));

    EXPECT_LT(progress().history.value(), 1.0);
    EXPECT_FALSE(west->status("old").history_done);
    EXPECT_NE(west->status("old").eta_ms, 0);
    ASSERT_TRUE(limit_link("cn-beijing", 0));
    EXPECT_TRUE(west->wait_until([&] { return progress().history == 1.0; }));
    EXPECT_TRUE(west->verify("old").is_identical);
}

TEST_F(Limited, rules_are_limited_after_a_restart_too) {
    ASSERT_TRUE(limit(1'000'000, 7, 5000));
    ASSERT_TRUE(limit_link("cn-beijing", 2'000'000));
    west->disconnect();
    west->connect(*east);

    EXPECT_TRUE(west->wait_until([this] {
        const RuleLimits limits = west->status("here").limits;
        return limits ==
               RuleLimits{.bytes_per_second = 1'000'000, .priority = 7, .threshold_ms = 5000};
    }));
    EXPECT_TRUE(west->wait_until(
        [this] { return west->manager_->links()[0].bytes_per_second_max == 2'000'000; }));
}

TEST_F(Limited, rules_refuse_limits_that_make_no_sense) {
    EXPECT_EQ(limit(kBandwidthMin - 1).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(limit({}, 10).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(limit({}, -1).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(limit({}, {}, 10).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(west->status("here").limits, RuleLimits{});

    LimitChange change{.bucket = "nowhere",
                       .rule_id = {},
                       .bytes_per_second = {},
                       .priority = {},
                       .threshold_ms = {}};
    EXPECT_EQ(west->run(west->manager_->set_limits(std::move(change))).error().code,
              ErrorCode::NoSuchReplicationRule);
}

}  // namespace
}  // namespace antipode::replication
