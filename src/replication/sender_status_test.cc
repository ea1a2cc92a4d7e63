#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

TEST_F(TwoRegions, show_a_backlog_that_was_not_even_read_and_how_old_it_is) {
    make_buckets(false);
    east->gate_.is_open = false;
    // The rule cannot be opened over there, so nothing is read from the log.
    catalog::OpenBucket& here = *west->catalog_.find_bucket(BucketName("here"));
    ReplicationRule rule;
    rule.id = "early";
    rule.target_bucket = BucketName("there");
    rule.target_region = "cn-beijing";
    rule.history = false;
    west->disconnect();
    ASSERT_TRUE(west->run(west->catalog_.change_bucket(here, [&rule](Bucket& config) {
        config.rules.push_back(rule);
        return Result<void>{};
    })));
    west->connect(*east);
    ASSERT_TRUE(west->put("here", "a", "12345"));
    ASSERT_TRUE(west->put("here", "b", "678"));

    const RuleStatus away = west->status("here");

    EXPECT_EQ(away.backlog_operations, 2U);
    EXPECT_EQ(away.backlog_bytes, 8U);
    EXPECT_GT(away.oldest_pending_ms, 0);
    EXPECT_FALSE(away.is_reachable);
    EXPECT_EQ(away.eta_ms, std::nullopt) << "nothing moves";

    east->gate_.is_open = true;
    EXPECT_TRUE(west->verify("here").is_identical);
    const RuleStatus back = west->status("here");
    EXPECT_EQ(back.backlog_operations, 0U);
    EXPECT_EQ(back.oldest_pending_ms, 0);
    EXPECT_EQ(back.eta_ms, 0);
}

TEST_F(TwoRegions, show_rates_of_what_was_sent_lately) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", std::string(50'000, 'x')));

    EXPECT_TRUE(west->wait_until([this] {
        const RuleStatus status = west->status("here");
        return status.operations_per_second > 0 && status.bytes_per_second > 0;
    }));
}

TEST_F(TwoRegions, let_the_recovery_point_follow_the_clock_past_what_is_not_meant) {
    make_buckets(false);
    AddRuleRequest request;
    request.bucket = BucketName("here");
    request.rule.target_bucket = BucketName("there");
    request.rule.target_region = "cn-beijing";
    request.rule.prefixes = {"in/"};
    ASSERT_TRUE(west->run(west->manager_->add_rule(west->caller_, std::move(request))));
    const auto excluded = west->put("here", "out", "1");
    ASSERT_TRUE(excluded);
    const std::int64_t written = ms_from_hlc(excluded->version.order.hlc);

    EXPECT_TRUE(west->wait_until([&] { return west->status("here").recovery_point_ms > written; }))
        << "what the rule leaves out holds nothing up";
    const std::int64_t idle = west->status("here").recovery_point_ms;
    EXPECT_TRUE(west->wait_until([&] {
        return west->status("here").recovery_point_ms > idle + 300;
    })) << "an idle bucket is not a stalled one";
    EXPECT_EQ(west->status("here").oldest_pending_ms, 0);
    EXPECT_EQ(east->get("there", "out"), std::nullopt);
}

TEST_F(TwoRegions, write_nothing_while_nothing_changes) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);
    catalog::Partition& partition = west->catalog_.find_bucket(BucketName("here"))->partition();
    const auto is_saved = [&] {
        const auto cursor = west->run(load_cursor(partition, west->status("here").rule.id));
        return cursor && *cursor && (*cursor)->history_done;
    };
    ASSERT_TRUE(west->wait_until(is_saved));
    const auto settled = west->run(partition.revision());

    west->machine_.let_pass(1s);  // Four ticks of the sender.

    EXPECT_LE(*west->run(partition.revision()), *settled + 1);
}

}  // namespace
}  // namespace antipode::replication
