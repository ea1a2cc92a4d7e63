#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;

using Kind = VersionState::Kind;

class Explaining : public TwoRegions {
  protected:
    Result<Explanation> explain(const std::string& key, const std::string& version = {}) {
        return west->run(west->manager_->explain("here", key, version));
    }

    /// The one rule's state; Never with a reason of ours when it cannot be had.
    VersionState state(const std::string& key, const std::string& version = {}) {
        const auto found = explain(key, version);
        if (!found || found->rules.size() != 1) {
            return {.kind = Kind::Never,
                    .reason = found ? "rules" : found.error().message,
                    .committed_ms = 0,
                    .tries = 0,
                    .next_try_ms = 0};
        }
        return found->rules[0].state;
    }
};

TEST_F(Explaining, says_pending_while_the_destination_is_away_and_done_when_it_is_there) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(state("a").kind, Kind::Done);

    east->gate_.is_open = false;
    ASSERT_TRUE(west->put("here", "b", "2"));
    EXPECT_TRUE(west->wait_until([this] { return !west->status("here").is_reachable; }));

    const VersionState away = state("b");
    EXPECT_EQ(away.kind, Kind::Pending);
    EXPECT_NE(away.reason.find("waits for the destination"), std::string::npos) << away.reason;
    EXPECT_GT(away.committed_ms, 0);
    EXPECT_EQ(state("a").kind, Kind::Done);
    east->gate_.is_open = true;
    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(state("b").kind, Kind::Done);
}

TEST_F(Explaining, says_why_a_version_will_never_be_sent) {
    make_buckets(false);
    ASSERT_TRUE(west->put("here", "old", "1"));
    AddRuleRequest request;
    request.bucket = BucketName("here");
    request.rule.target_bucket = BucketName("there");
    request.rule.target_region = "cn-beijing";
    request.rule.history = false;
    request.rule.prefixes = {"o", "new"};
    ASSERT_TRUE(west->run(west->manager_->add_rule(west->caller_, std::move(request))));
    ASSERT_TRUE(west->put("here", "apart", "2"));

    EXPECT_EQ(state("old").kind, Kind::Never);
    EXPECT_NE(state("old").reason.find("leaves history out"), std::string::npos);
    EXPECT_EQ(state("apart").kind, Kind::Never);
    EXPECT_NE(state("apart").reason.find("prefixes"), std::string::npos);
    EXPECT_FALSE(explain("apart")->rules[0].matches);
}

TEST_F(Explaining, says_that_replicas_are_not_sent_on) {
    make_buckets(true);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(east->add_rule("there", "cn-hangzhou", "here"));
    ASSERT_TRUE(east->put("there", "from-east", "1"));
    ASSERT_TRUE(east->verify("there").is_identical);

    EXPECT_EQ(explain("from-east")->arrived_from, "cn-beijing");
    EXPECT_EQ(state("from-east").kind, Kind::Never);
    EXPECT_NE(state("from-east").reason.find("not sent on"), std::string::npos);
}

TEST_F(Explaining, knows_a_removal_that_is_still_to_be_brought_over) {
    make_buckets(false);
    ASSERT_TRUE(west->add_rule("here", "cn-beijing", "there"));
    ASSERT_TRUE(west->put("here", "a", "1"));
    ASSERT_TRUE(west->verify("here").is_identical);
    east->gate_.is_open = false;
    ASSERT_TRUE(west->remove("here", "a"));

    EXPECT_TRUE(explain("a")->is_removed);
    EXPECT_EQ(state("a").kind, Kind::Pending);
    east->gate_.is_open = true;
    EXPECT_TRUE(west->verify("here").is_identical);
    EXPECT_EQ(explain("a").error().code, ErrorCode::NoSuchKey);
}

TEST_F(Explaining, refuses_what_is_not_there) {
    make_buckets(false);

    EXPECT_EQ(explain("a").error().code, ErrorCode::NoSuchKey);
    EXPECT_EQ(explain("a", "null").error().code, ErrorCode::NoSuchVersion);
    EXPECT_EQ(explain("a", "not-a-version").error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(west->run(west->manager_->explain("no-bucket", "a", "")).error().code,
              ErrorCode::NoSuchBucket);
}

}  // namespace
}  // namespace antipode::replication
