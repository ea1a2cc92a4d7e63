#include "lifecycle/daily.h"

#include "lifecycle/lifecycle_harness.h"

namespace antipode::lifecycle {
namespace {

using State = Daily::State;

class DailyWalks : public RegionWithRules {
  protected:
    void start(runtime::Duration period = kDay) {
        daily_.emplace(*catalog_, tools(), period);
        run(start_it(&*daily_));
    }

    void stop() {
        daily_->close();
        run(daily_->join());
        daily_.reset();
    }

    void TearDown() override {
        if (daily_) {
            stop();
        }
    }

    bool begin() { return run(begin_it(&*daily_)); }

    /// As after the end of the process.
    void restart() {
        stop();
        open();
        start();
    }

    static Task<void> start_it(Daily* daily) {
        daily->start();
        co_return;
    }

    static Task<bool> begin_it(Daily* daily) { co_return daily->begin(); }

    std::optional<Daily> daily_;
};

TEST_F(DailyWalks, begin_at_midnight_and_not_before) {
    make_bucket("bucket", {expiring(1)});
    put("bucket", "k");
    sleep_until_midnight();
    sleep_until_midnight();
    start();
    let_pass(kDay / 2);
    EXPECT_EQ(daily_->status().state, State::Never);
    EXPECT_EQ(shown("bucket"), "k*");
    const std::int64_t next_ms = daily_->status().next_ms;
    let_pass(kDay / 2 + std::chrono::minutes(2));

    EXPECT_EQ(daily_->status().state, State::Done);
    EXPECT_GE(daily_->status().started_ms, next_ms);
    EXPECT_EQ(shown("bucket"), "");
    EXPECT_EQ(daily_->status().figures.expired, 1U);
    EXPECT_EQ(daily_->totals().expired, 1U);
    EXPECT_EQ(daily_->status().next_ms, next_ms + 1'000'000);
}

TEST_F(DailyWalks, begin_only_when_asked_where_they_are_off) {
    make_bucket("bucket", {expiring(1)});
    put("bucket", "k");
    start(runtime::Duration::zero());
    let_pass(10 * kDay);
    EXPECT_EQ(shown("bucket"), "k*");
    EXPECT_EQ(daily_->status().next_ms, 0);

    EXPECT_TRUE(begin());
    EXPECT_FALSE(begin()) << "one is running";
    let_pass(std::chrono::seconds(10));
    EXPECT_EQ(shown("bucket"), "");
    EXPECT_EQ(daily_->status().state, State::Done);
    EXPECT_TRUE(begin());
}

TEST_F(DailyWalks, are_remembered_over_a_restart_and_not_repeated) {
    make_bucket("bucket", {expiring(1)});
    put("bucket", "k");
    start();
    let_pass(3 * kDay);
    const Daily::Status before = daily_->status();
    ASSERT_EQ(before.state, State::Done);
    restart();
    let_pass(std::chrono::seconds(1));

    EXPECT_EQ(daily_->status().state, State::Done);
    EXPECT_EQ(daily_->status().started_ms, before.started_ms);
    EXPECT_EQ(daily_->status().figures, before.figures);
    EXPECT_EQ(daily_->status().next_ms, before.next_ms);
}

TEST_F(DailyWalks, that_were_missed_are_made_up_for) {
    make_bucket("bucket", {expiring(1)});
    put("bucket", "k");
    start();
    let_pass(std::chrono::seconds(1));
    stop();
    let_pass(5 * kDay);
    open();
    start();
    let_pass(std::chrono::seconds(10));

    EXPECT_EQ(daily_->status().state, State::Done);
    EXPECT_EQ(shown("bucket"), "");
}

TEST_F(DailyWalks, go_on_after_a_restart_where_they_were) {
    page_ = 2;
    make_bucket("a-bucket", {expiring(1)});
    make_bucket("b-bucket", {expiring(1)});
    for (const char* bucket : {"a-bucket", "b-bucket"}) {
        for (int i = 0; i < 20; ++i) {
            put(bucket, "k" + std::to_string(10 + i));
        }
    }
    start(runtime::Duration::zero());
    let_pass(3 * kDay);
    ASSERT_TRUE(begin());
    // Ends at its next pause.
    stop();
    const std::size_t left = versions("a-bucket").size() + versions("b-bucket").size();
    ASSERT_GT(left, 0U);
    ASSERT_LT(left, 40U);
    open();
    start(runtime::Duration::zero());
    let_pass(std::chrono::minutes(1));

    EXPECT_EQ(daily_->status().state, State::Done);
    EXPECT_EQ(daily_->status().figures.expired, 40U) << "of both halves";
    EXPECT_EQ(daily_->status().figures.looked_at, 40U) << "what was done is not looked at again";
    EXPECT_EQ(daily_->totals().expired, left);
    EXPECT_EQ(shown("a-bucket") + shown("b-bucket"), "");
}

TEST_F(DailyWalks, end_when_the_region_cannot_write_and_go_on_later_from_there) {
    make_bucket("bucket", {expiring(1)});
    for (const char* key : {"a", "b", "c", "d"}) {
        put("bucket", key);
    }
    let_pass(3 * kDay);
    start(runtime::Duration::zero());
    // Each delete is a commit of its own, and one that gives its bytes back.
    index_.left = 2;
    ASSERT_TRUE(begin());
    let_pass(std::chrono::seconds(1));
    EXPECT_EQ(daily_->status().state, State::Failed);
    EXPECT_EQ(daily_->status().error, "two zones are out");
    const std::uint64_t done = daily_->status().figures.expired;
    EXPECT_GE(done, 1U);
    EXPECT_LT(done, 4U);
    EXPECT_EQ(versions("bucket").size(), 4 - done);
    index_.left.reset();
    stop();
    open();
    start(100 * kDay);
    let_pass(std::chrono::minutes(12));

    EXPECT_EQ(daily_->status().state, State::Done);
    EXPECT_EQ(daily_->status().figures.expired, 4U);
    EXPECT_EQ(shown("bucket"), "");
}

TEST_F(DailyWalks, walk_all_buckets_with_rules) {
    make_bucket("one", {expiring(1)});
    make_bucket("two", {});
    make_bucket("three", {expiring(1)});
    for (const char* bucket : {"one", "two", "three"}) {
        put(bucket, "k");
    }
    start();
    let_pass(4 * kDay);

    EXPECT_EQ(shown("one") + shown("three"), "");
    EXPECT_EQ(shown("two"), "k*");
    EXPECT_EQ(daily_->status().figures.buckets, 2U);
}

}  // namespace
}  // namespace antipode::lifecycle
