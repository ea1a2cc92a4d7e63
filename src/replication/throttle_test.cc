#include "replication/throttle.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/sim_executor.h"
#include "runtime/task_group.h"

namespace antipode::replication {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Throttling : testing::Test {
    static Task<void> go(Throttle* throttle,
                         Throttle::Claim claim,
                         std::string name,
                         std::vector<std::string>* order) {
        co_await throttle->take(claim);
        order->push_back(std::move(name));
    }

    /// Who still waits goes, so that nobody is left behind.
    void TearDown() override {
        throttle.set_rate(0);
        executor.run_ready();
    }

    void start(std::string name, Throttle::Claim claim) {
        runtime::start(executor, go(&throttle, claim, std::move(name), &order), [] {});
        executor.run_ready();
    }

    runtime::SimExecutor executor{1};
    Throttle throttle;
    std::vector<std::string> order;
};

TEST_F(Throttling, lets_everything_go_without_a_limit) {
    for (int i = 0; i < 10; ++i) {
        start("x", {.bytes = 1'000'000});
    }

    EXPECT_EQ(order.size(), 10U);
}

TEST_F(Throttling, holds_to_the_least_limit_that_may_be_set) {
    throttle.set_rate(kBandwidthMin);
    for (int i = 0; i < 100; ++i) {
        start("x", {.bytes = 16 * 1024, .urgency = Urgency::Large});
    }

    executor.run(10s);

    // 10 s of 64 KiB/s are 40 pieces; a rest of at most a quarter of a second and the last one in
    // debt come on top.
    EXPECT_GE(order.size(), 38U);
    EXPECT_LE(order.size(), 43U);
}

TEST_F(Throttling, lets_small_go_before_history_and_history_before_large) {
    throttle.set_rate(kBandwidthMin);
    start("first", {.bytes = 64 * 1024});
    start("large", {.bytes = 1024, .urgency = Urgency::Large});
    start("history", {.bytes = 1024, .urgency = Urgency::History});
    start("small", {.bytes = 1024, .urgency = Urgency::Small});

    executor.run(5s);

    EXPECT_THAT(order, ElementsAre("first", "small", "history", "large"));
}

TEST_F(Throttling, lets_the_rule_with_the_higher_priority_go_first_among_equals) {
    throttle.set_rate(kBandwidthMin);
    start("first", {.bytes = 64 * 1024});
    start("low", {.bytes = 1024, .priority = 0});
    start("high", {.bytes = 1024, .priority = 9});

    executor.run(5s);

    EXPECT_THAT(order, ElementsAre("first", "high", "low"));
}

TEST_F(Throttling, starves_nobody) {
    throttle.set_rate(kBandwidthMin);
    start("first", {.bytes = 64 * 1024});
    start("patient", {.bytes = 1024, .urgency = Urgency::Large});
    for (int i = 0; i < 30; ++i) {
        start("small", {.bytes = 1024});
    }

    executor.run(10s);

    const auto at = std::ranges::find(order, "patient") - order.begin();
    EXPECT_LE(at, 8) << "every eighth turn goes to whoever waits longest";
}

TEST_F(Throttling, lets_all_go_when_the_limit_is_lifted) {
    throttle.set_rate(kBandwidthMin);
    start("first", {.bytes = 64 * 1024 * 1024});
    start("waits", {.bytes = 1});
    EXPECT_THAT(order, ElementsAre("first"));

    throttle.set_rate(0);
    executor.run_ready();
    EXPECT_THAT(order, ElementsAre("first", "waits"));
}

TEST_F(Throttling, lets_go_of_what_is_over_without_disturbing_the_others) {
    throttle.set_rate(kBandwidthMin);
    const auto is_over = std::make_shared<std::atomic<bool>>(false);
    start("first", {.bytes = 64 * 1024 * 1024});
    start("other", {.bytes = 1});
    start("ended", {.bytes = 1, .is_over = is_over});

    *is_over = true;
    throttle.nudge();
    executor.run_ready();

    EXPECT_THAT(order, ElementsAre("first", "ended"));
}

}  // namespace
}  // namespace antipode::replication
