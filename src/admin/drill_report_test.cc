#include "admin/drill_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/admin_harness.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

TEST(TrafficWatch, counts_what_began_since_it_began_and_the_longest_wait_for_any_answer) {
    TrafficWatch watch;
    const runtime::Instant start{};
    EXPECT_EQ(watch.request_begins(start), 0U);
    watch.begin();
    const auto one = watch.request_begins(start + 1s);
    const auto two = watch.request_begins(start + 2s);
    watch.request_ends(0, start + 3s, true);  // Began before.
    watch.request_ends(one, start + 4s, false);
    watch.request_ends(two, start + 5s, true);
    const auto later = watch.request_begins(start + 60s);  // Nobody waited in between.
    EXPECT_EQ(watch.seen(start + 62s).longest_gap, 3s);
    EXPECT_EQ(watch.seen(start + 64s).longest_gap, 4s);
    watch.request_ends(later, start + 62s, false);

    const Traffic seen = watch.seen(start + 70s);
    EXPECT_EQ(seen.requests, 3U);
    EXPECT_EQ(seen.failed, 1U);
    EXPECT_EQ(seen.longest_gap, 3s);
    watch.begin();
    watch.request_ends(later, start + 80s, true);
    EXPECT_EQ(watch.seen(start + 80s).requests, 0U);
}

struct DrillReporting : Admin {
    boost::json::value report() { return call("GET", "zones/zone-b/drill").body; }
};

TEST_F(DrillReporting, follows_a_drill_until_everything_is_protected_again) {
    protection.bodies = 0;
    EXPECT_EQ(call("GET", "zones/zone-b/drill").status, 404);
    call("POST", "zones/zone-b/drill", R"({"mode":"hang","duration_ms":2000})");
    const auto request = traffic.request_begins(executor.now());
    executor.run(300ms);
    zones.force_out(1, "it hangs");
    protection.bodies = 2;
    traffic.request_ends(request, executor.now(), false);
    executor.run(1s);
    EXPECT_EQ(report().at("state"), "running");
    EXPECT_GE(report().at("noticed_after_ms").to_number<double>(), 300.0);

    executor.run(1s);
    EXPECT_EQ(report().at("state"), "recovering");
    EXPECT_TRUE(report().at("protected_after_ms").is_null());
    zones.states.at(1) = zone::ZoneState::Ok;
    executor.run(1s);
    EXPECT_EQ(report().at("state"), "recovering");
    protection.bodies = 0;
    executor.run(100ms);

    EXPECT_EQ(report().at("state"), "over");
    EXPECT_EQ(report().at("requests"), 1);
    EXPECT_EQ(report().at("failed"), 0);
    EXPECT_NEAR(report().at("longest_gap_ms").to_number<double>(), 300.0, 50.0);
    EXPECT_NEAR(report().at("protected_after_ms").to_number<double>(), 1300.0, 100.0);
    EXPECT_EQ(call("GET", "zones/zone-a/drill").status, 404);
    EXPECT_THAT(events.after(0).back().text, HasSubstr("1 requests, 0 failed"));
}

}  // namespace
}  // namespace antipode::admin
