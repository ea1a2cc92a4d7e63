#include <random>

#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

TEST_F(TwoRegions, bring_small_large_and_empty_objects_over_as_exact_replicas) {
    make_buckets(false);
    std::string large(9'500'000, 'x');
    std::mt19937 random(5);
    std::ranges::generate(large, [&random] { return static_cast<char>(random()); });
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));

    ASSERT_TRUE(west->put("here", "small", "hello"));
    ASSERT_TRUE(west->put("here", "empty", ""));
    ASSERT_TRUE(west->put("here", "large", large));

    const Verification outcome = west->verify("here");
    EXPECT_TRUE(outcome.is_identical);
    EXPECT_TRUE(outcome.by_set_digest)
        << "same ids, times, owner and metadata: the digests cover them";
    EXPECT_EQ(east->get("there", "small"), "hello");
    EXPECT_EQ(east->get("there", "empty"), "");
    EXPECT_EQ(east->get("there", "large"), large);
}

TEST_F(TwoRegions, carry_history_overwrites_and_deletes) {
    make_buckets(false);
    for (int i = 0; i < 700; ++i) {
        ASSERT_TRUE(west->put("here", "old/" + std::to_string(i), std::to_string(i)));
    }
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "old/5", "newer"));
    ASSERT_TRUE(west->remove("here", "old/6"));

    EXPECT_TRUE(west->verify("here").is_identical);

    EXPECT_EQ(east->get("there", "old/5"), "newer");
    EXPECT_EQ(east->get("there", "old/6"), std::nullopt);
    EXPECT_EQ(east->get("there", "old/699"), "699");
    const RuleStatus status = west->status("here");
    EXPECT_TRUE(status.history_done);
    EXPECT_EQ(status.history_copied, status.history_total);
}

TEST_F(TwoRegions, count_no_version_of_the_history_twice_when_the_walk_goes_on_after_a_restart) {
    make_buckets(false);
    constexpr std::uint64_t kObjects = 1000;
    for (std::uint64_t i = 0; i < kObjects; ++i) {
        ASSERT_TRUE(west->put("here", "old/" + std::to_string(i), std::to_string(i)));
    }
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->wait_until([this] { return west->status("here").history_copied > 0; }));
    west->disconnect();  // Most of it is under way.
    west->connect(*east);

    EXPECT_TRUE(west->verify("here").is_identical);

    ASSERT_TRUE(west->wait_until([this] { return west->status("here").history_done; }));
    EXPECT_EQ(west->status("here").history_copied, kObjects);
    EXPECT_EQ(west->status("here").history_total, kObjects);
}

/// A lost packet then delays one of them, and none waits for a connection to grow its window.
TEST_F(TwoRegions, send_each_change_on_its_own_while_there_is_room_on_a_long_line) {
    constexpr int kObjects = 20;
    make_buckets(true);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    const runtime::SimLine far{.delay = 100ms};
    simulation.network.set_line("cn-hangzhou", "cn-beijing", far);
    simulation.network.set_line("cn-beijing", "cn-hangzhou", far);
    west->disconnect();
    for (int i = 0; i < kObjects; ++i) {
        ASSERT_TRUE(west->put("here", std::to_string(i), std::string(4096, 'x')));
    }
    const int before = east->gate_.requests;

    west->connect(*east);

    ASSERT_TRUE(west->wait_until([this] {
        const RuleStatus status = west->status("here");
        return status.operations_sent >= kObjects && status.backlog_operations == 0;
    }));
    EXPECT_GE(east->gate_.requests - before, kObjects);
    EXPECT_TRUE(east->get("there", "19"));
}

TEST_F(TwoRegions, leave_out_history_when_the_rule_says_so) {
    make_buckets(false);
    ASSERT_TRUE(west->put("here", "before", "1"));
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there", false));
    ASSERT_TRUE(west->put("here", "after", "2"));

    const Verification outcome = west->verify("here");

    EXPECT_FALSE(outcome.is_identical);
    ASSERT_EQ(outcome.differences.size(), 1U);
    EXPECT_EQ(outcome.differences[0].key, "before");
    EXPECT_EQ(east->get("there", "after"), "2");
}

TEST_F(TwoRegions, converge_in_both_directions_without_echo) {
    make_buckets(true);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(east->add_rule("there", "cn-hangzhou", "here"));
    for (int i = 0; i < 60; ++i) {
        ASSERT_TRUE(west->put("here", "k" + std::to_string(i % 7), "w" + std::to_string(i)));
        ASSERT_TRUE(east->put("there", "k" + std::to_string(i % 5), "e" + std::to_string(i)));
        if (i % 11 == 0) {
            ASSERT_TRUE(east->remove("there", "k" + std::to_string(i % 5)));
        }
    }

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_TRUE(east->verify("there").is_identical);
    for (int i = 0; i < 7; ++i) {
        EXPECT_EQ(west->get("here", "k" + std::to_string(i)),
                  east->get("there", "k" + std::to_string(i)));
    }
    const int quiet = west->gate_.requests + east->gate_.requests;
    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_LT(west->gate_.requests + east->gate_.requests - quiet, 5)
        << "nothing goes round in circles";
}

TEST_F(TwoRegions, lose_nothing_while_the_destination_is_away) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "first", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);

    east->gate_.is_open = false;
    const std::int64_t before = west->status("here").recovery_point_ms;
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(west->put("here", "k" + std::to_string(i), "v"));
    }
    const RuleStatus away = west->status("here");
    EXPECT_EQ(away.backlog_operations, 300U);
    EXPECT_EQ(away.backlog_bytes, 300U);
    EXPECT_GE(away.recovery_point_ms, before);
    EXPECT_LE(away.recovery_point_ms, away.oldest_pending_ms);
    east->gate_.is_open = true;

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(west->status("here").backlog_operations, 0U);
}

TEST_F(TwoRegions, go_on_where_they_were_after_a_restart) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(west->put("here", "k" + std::to_string(i), "v"));
    }
    west->disconnect();
    ASSERT_TRUE(west->put("here", "while-away", "v"));
    west->connect(*east);

    EXPECT_TRUE(west->verify("here").is_identical);
}

TEST_F(TwoRegions, fence_a_rule_that_was_removed) {
    make_buckets(false);
    const auto rule = west->add_rule("here", "cn-beijing", "there");
    ASSERT_TRUE(rule);
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);

    const auto removed =
        west->run(west->manager_->remove_rule(west->caller_, BucketName("here"), rule->id));
    ASSERT_TRUE(removed);
    ASSERT_TRUE(west->remove("here", "a"));
    while (west->catalog_.find_bucket(BucketName("here"))->config()->has_live_rule() ||
           east->catalog_.find_bucket(BucketName("there"))->config()->has_live_rule()) {
        west->machine_.let_pass(10ms);
    }

    EXPECT_EQ(east->get("there", "a"), "1") << "what was replicated stays";
    PeerClient late(
        {.region = "cn-beijing", .address = east->server_->addresses().front(), .tls = false},
        "cn-hangzhou",
        secret,
        west->machine_.host().network(0));
    ApplyRequest request{.rule = {.source_region = "cn-hangzhou",
                                  .source_bucket = "here",
                                  .target_bucket = "there",
                                  .rule_id = rule->id,
                                  .epoch = rule->epoch},
                         .operations = {}};
    request.operations.emplace_back();
    request.operations.back().kind = OperationKind::Purge;
    request.operations.back().version.key = "a";
    const auto refused = west->run(late.apply(std::move(request)));
    west->run(close(&late));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Fenced);
}

TEST_F(TwoRegions, refuse_rules_that_cannot_be) {
    west->make_bucket("here", false);
    east->make_bucket("versioned", true);

    EXPECT_EQ(west->add_rule("here", "cn-beijing", "nowhere").error().code,
              ErrorCode::InvalidTargetBucket);
    EXPECT_EQ(west->add_rule("here", "eu-west-1", "there").error().code,
              ErrorCode::BadReplicationLocation);
    EXPECT_EQ(west->add_rule("here", "cn-beijing", "versioned").error().code,
              ErrorCode::InvalidBucketStatus);
    EXPECT_EQ(west->add_rule("missing", "cn-beijing", "there").error().code,
              ErrorCode::NoSuchBucket);
}

TEST_F(TwoRegions, refuse_a_region_that_speaks_for_the_rule_of_another) {
    PeerClient third(
        {.region = "cn-beijing", .address = east->server_->addresses().front(), .tls = false},
        "cn-shanghai",
        secret,
        west->machine_.host().network(0));
    RuleHeader rule{.source_region = "cn-hangzhou",
                    .source_bucket = "here",
                    .target_bucket = "there",
                    .rule_id = "any",
                    .epoch = 1};

    object::Chunk chunk{.number = 1, .size_bytes = 1, .crc64 = 0};
    auto body = std::make_unique<runtime::MemorySource>(Bytes(1));
    const auto sent = west->run(third.put_chunk(rule, "transfer", chunk, {}, std::move(body)));
    RuleNotice closing{.rule = rule, .is_closing = true};
    const auto notice = west->run(third.send_notice(std::move(closing)));
    west->run(close(&third));

    EXPECT_EQ(sent.error().code, ErrorCode::AccessDenied);
    EXPECT_EQ(notice.error().code, ErrorCode::AccessDenied);
}

TEST_F(TwoRegions, refuse_peers_without_the_links_secret) {
    const LinkSecret other{"another secret"};
    PeerClient stranger(
        {.region = "cn-beijing", .address = east->server_->addresses().front(), .tls = false},
        "cn-hangzhou",
        other,
        west->machine_.host().network(0));

    const auto refused = west->run(stranger.bucket_facts("there"));
    west->run(close(&stranger));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::AccessDenied);
}

}  // namespace
}  // namespace antipode::replication
