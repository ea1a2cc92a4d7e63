#include <algorithm>

#include "catalog/key_layout.h"
#include "replication/two_regions_harness.h"

// Versions that the destination refuses: remembered, tried again, and in nobody's way.
namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

class RefusedVersions : public TwoRegions {
  protected:
    void SetUp() override {
        TwoRegions::SetUp();
        make_buckets(false);
        ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
        ASSERT_TRUE(west->put("here", "first", "1"));
        ASSERT_TRUE(west->verify("here").is_identical);
    }

    /// Behind replication's back; bytes with another checksum than their version's are refused.
    void change_checksum(const std::string& key) {
        const auto bucket = west->catalog_.find_bucket(BucketName("here"));
        catalog::ChangeAttributes change{.key = key,
                                         .order = {},
                                         .is_null = true,
                                         .region = "cn-hangzhou",
                                         .change = [](ObjectVersion& version) -> Result<void> {
                                             version.crc64 ^= 1U;
                                             return {};
                                         }};
        ASSERT_TRUE(west->run(catalog::change_attributes(bucket->partition(), std::move(change))));
    }

    /// Written while nothing is sent, so that the sender meets them as they are then.
    void put_refused(const std::vector<std::pair<std::string, std::string>>& objects) {
        west->disconnect();
        for (const auto& [key, content] : objects) {
            ASSERT_TRUE(west->put("here", key, content));
            change_checksum(key);
        }
        west->connect(*east);
    }

    std::vector<ReplicationException> exceptions() {
        return west->run(west->manager_->exceptions("here", {})).value();
    }

    std::string rows_of_rule() {
        const std::string end(1, '\0');
        return catalog::rows::replication("r") + end + west->status("here").rule.id + end;
    }

    bool are_refused(std::size_t count) {
        return west->wait_until([&] { return west->status("here").exceptions == count; });
    }
};

TEST_F(RefusedVersions, do_not_hold_up_the_others_and_are_not_claimed_to_be_there) {
    put_refused({{"bad", "1"}, {"bad-and-large", std::string(2'500'000, 'x')}});
    ASSERT_TRUE(west->put("here", "good", "2"));

    EXPECT_TRUE(west->wait_until([this] { return east->get("there", "good") == "2"; }));
    ASSERT_TRUE(are_refused(2));
    const RuleStatus status = west->status("here");
    const auto refused = exceptions();

    ASSERT_EQ(refused.size(), 2U);
    EXPECT_NE(refused[0].reason.find("InvalidCrc64"), std::string::npos) << refused[0].reason;
    EXPECT_GT(refused[0].tries, 0U);
    EXPECT_GE(status.backlog_operations, 2U);
    EXPECT_GE(status.backlog_bytes, 2'500'001U);
    const auto oldest = std::ranges::min(refused, {}, &ReplicationException::committed_ms);
    EXPECT_EQ(status.oldest_pending_ms, oldest.committed_ms);
    EXPECT_LT(status.recovery_point_ms, oldest.committed_ms);
    EXPECT_EQ(east->get("there", "bad"), std::nullopt);
    EXPECT_EQ(east->get("there", "bad-and-large"), std::nullopt);
    const auto version = west->run(catalog::find_null_version(
        west->catalog_.find_bucket(BucketName("here"))->partition(), "bad"));
    EXPECT_EQ(west->run(west->manager_->delivery(BucketName("here"), (*version)->version)).value(),
              Delivery::Failed);
}

TEST_F(RefusedVersions, are_known_after_a_restart_and_arrive_when_the_reason_is_gone) {
    put_refused({{"bad", "1"}});
    ASSERT_TRUE(are_refused(1));
    west->disconnect();
    west->connect(*east);
    ASSERT_TRUE(are_refused(1)) << "they are in the bucket's rows, not in memory";
    EXPECT_FALSE(west->status("here").recovery_point_ms > exceptions()[0].committed_ms);

    change_checksum("bad");
    EXPECT_EQ(west->run(west->manager_->retry("here", {}, "bad")).value(), 1U);

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(east->get("there", "bad"), "1");
    EXPECT_TRUE(are_refused(0));
    EXPECT_TRUE(west->wait_until([this] { return west->status("here").backlog_operations == 0; }));
}

TEST_F(RefusedVersions, are_tried_again_by_themselves) {
    put_refused({{"bad", "1"}});
    ASSERT_TRUE(are_refused(1));
    const std::uint32_t tries = exceptions()[0].tries;

    EXPECT_TRUE(west->wait_until([&] { return exceptions()[0].tries > tries; }));
}

TEST_F(RefusedVersions, are_tried_again_though_the_clock_has_jumped_back) {
    put_refused({{"bad", "1"}});
    ASSERT_TRUE(are_refused(1));
    const std::uint32_t tries = exceptions()[0].tries;
    runtime::Executor& clock = west->host().executor(0);
    const runtime::Instant before = clock.now();
    west->host().jump_wall_clock(-std::chrono::minutes(9));

    EXPECT_TRUE(west->wait_until([&] { return exceptions()[0].tries > tries; }));
    EXPECT_LT(clock.now() - before, 1min);
}

/// Writes of an unversioned key share a place among what is remembered.
TEST_F(RefusedVersions, are_not_forgotten_when_one_of_the_same_key_before_is_given_up) {
    put_refused({{"bad", "1"}});
    ASSERT_TRUE(are_refused(1));
    const ReplicationException first = exceptions()[0];
    put_refused({{"bad", "2"}});
    ASSERT_TRUE(west->wait_until([&] {
        const auto now = exceptions();
        return now.size() == 1 && now[0].order != first.order && now[0].tries > 2;
    }));
    EXPECT_LE(exceptions()[0].committed_ms, first.committed_ms)
        << "since then the destination lacks something";
    EXPECT_LT(west->status("here").recovery_point_ms, first.committed_ms);

    west->disconnect();
    west->connect(*east);
    ASSERT_TRUE(are_refused(1));
    change_checksum("bad");
    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(east->get("there", "bad"), "2");
    EXPECT_TRUE(are_refused(0));
}

TEST_F(RefusedVersions, hold_the_cursor_until_they_are_written_down) {
    west->index_.refuse(rows_of_rule() + "e");
    put_refused({{"bad", "1"}});
    ASSERT_TRUE(west->put("here", "good", "2"));
    ASSERT_TRUE(west->wait_until([this] { return east->get("there", "good") == "2"; }));
    ASSERT_TRUE(west->wait_until([this] {
        return west->status("here").last_error.find("two zones are out") != std::string::npos;
    }));
    EXPECT_LT(west->status("here").cursor_revision, west->status("here").head_revision);

    west->index_.refuse("");

    EXPECT_TRUE(west->wait_until([this] {
        const RuleStatus now = west->status("here");
        return now.cursor_revision == now.head_revision;
    })) << "without a restart";
    west->disconnect();
    west->connect(*east);
    EXPECT_TRUE(are_refused(1));
}

TEST_F(RefusedVersions, of_one_rule_end_with_their_object) {
    put_refused({{"bad", "1"}});
    ASSERT_TRUE(are_refused(1));

    ASSERT_TRUE(west->remove("here", "bad"));

    EXPECT_TRUE(are_refused(0)) << "there is nothing to be brought over any more";
}

/// A cursor of a format that this program does not know is no reason to begin somewhere.
TEST_F(RefusedVersions, are_not_skipped_behind_a_cursor_that_cannot_be_read) {
    catalog::Partition& partition = west->catalog_.find_bucket(BucketName("here"))->partition();
    const std::string key = rows_of_rule() + "c";
    west->disconnect();
    const auto cursor = west->run(partition.get(key)).value();
    ASSERT_TRUE(cursor) << "the cursor's row is where this test looks for it";
    const auto write = [&](std::string value) {
        std::vector<index::Write> writes;
        writes.push_back({.key = key, .value = std::move(value)});
        return west->run(partition.commit({}, std::move(writes), std::nullopt));
    };
    ASSERT_TRUE(write("\x63 of another program"));
    west->connect(*east);
    ASSERT_TRUE(west->put("here", "a", "1"));

    EXPECT_TRUE(west->wait_until([this] { return !west->status("here").last_error.empty(); }));
    EXPECT_EQ(west->status("here").recovery_point_ms, 0);
    EXPECT_EQ(east->get("there", "a"), std::nullopt);
    ASSERT_TRUE(write(*cursor));

    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(east->get("there", "a"), "1");
}

}  // namespace
}  // namespace antipode::replication
