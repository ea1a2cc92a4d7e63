#include "admin/admin_harness.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

TEST_F(Admin, answers_zones_in_the_shape_that_scripts_rely_on) {
    const Answered answered = call("GET", "zones");

    EXPECT_EQ(answered.status, 200);
    const auto& zone = answered.body.at("zones").at(0);
    EXPECT_EQ(zone.at("name"), "zone-a");
    EXPECT_EQ(zone.at("state"), "ok");
    EXPECT_EQ(zone.at("reason"), "");
    EXPECT_EQ(zone.at("progress"), 1.0);
    EXPECT_EQ(answered.body.at("under_protected"), 3);
    EXPECT_EQ(boost::json::serialize(answered.body.at("could_lose")),
              R"(["zone-a","zone-b","zone-c"])");
}

TEST_F(Admin, says_that_only_the_missing_zone_could_be_lost) {
    zones.states[1] = zone::ZoneState::CatchingUp;
    EXPECT_THAT(could_lose(zones.status()), ElementsAre("zone-b"));

    zones.states[1] = zone::ZoneState::Suspect;
    EXPECT_THAT(could_lose(zones.status()), ElementsAre("zone-a", "zone-b", "zone-c"));

    zones.states[0] = zones.states[2] = zone::ZoneState::Out;
    EXPECT_TRUE(could_lose(zones.status()).empty());
}

TEST_F(Admin, refuses_whoever_is_not_root) {
    http::Request unsigned_request = signed_request("GET", "zones");
    unsigned_request.headers = {};
    EXPECT_EQ(code(send(std::move(unsigned_request))), "AccessDenied");

    const Answered other = send(signed_request("GET", "zones", "", "other"));
    EXPECT_EQ(other.status, 403);
    EXPECT_THAT(message(other), HasSubstr("root account"));

    EXPECT_EQ(code(send(signed_request("GET", "zones", "", "nobody"))), "InvalidAccessKeyId");
}

TEST_F(Admin, refuses_a_request_that_was_changed_or_is_old) {
    http::Request changed =
        signed_request("POST", "zones/zone-a/drill", R"({"mode":"hang","duration_ms":5})");
    changed.body =
        std::make_unique<runtime::MemorySource>(to_bytes(R"({"mode":"kill","duration_ms":5})"));
    EXPECT_EQ(code(send(std::move(changed))), "SignatureDoesNotMatch");

    http::Request retargeted = signed_request("GET", "zones");
    retargeted.target += "?x";
    EXPECT_EQ(code(send(std::move(retargeted))), "SignatureDoesNotMatch");

    http::Request old = signed_request("GET", "zones");
    executor.jump_wall_clock(16min);
    EXPECT_EQ(code(send(std::move(old))), "RequestTimeTooSkewed");
    EXPECT_TRUE(drills.running().empty());
}

TEST_F(Admin, puts_a_fault_on_a_zone_and_lifts_it_in_time) {
    const std::string body = R"({"mode":"eio","duration_ms":2000})";

    const Answered begun = call("POST", "zones/zone-b/drill", body);

    EXPECT_EQ(begun.status, 200) << boost::json::serialize(begun.body);
    EXPECT_FALSE(files.write_file_atomically(directory / "b/x", "1").has_value());
    ASSERT_TRUE(files.create_directories(directory / "a").has_value());
    EXPECT_TRUE(files.write_file_atomically(directory / "a/x", "1").has_value());
    EXPECT_EQ(call("GET", "zones").body.at("drills").at(0).at("zone"), "zone-b");

    executor.run(3s);
    EXPECT_TRUE(drills.running().empty());
    ASSERT_TRUE(files.create_directories(directory / "b").has_value());
    EXPECT_TRUE(files.write_file_atomically(directory / "b/x", "1").has_value());
}

TEST_F(Admin, ends_a_drill_early_and_a_newer_one_outlives_the_timer_of_the_older) {
    call("POST", "zones/zone-b/drill", R"({"mode":"eio","duration_ms":2000})");
    EXPECT_EQ(call("DELETE", "zones/zone-b/drill").status, 200);
    EXPECT_EQ(call("DELETE", "zones/zone-b/drill").status, 404);

    call("POST", "zones/zone-b/drill", R"({"mode":"eio","duration_ms":10000})");
    executor.run(3s);
    EXPECT_EQ(drills.running().size(), 1U);
}

TEST_F(Admin, refuses_a_drill_that_means_nothing) {
    EXPECT_EQ(call("POST", "zones/zone-d/drill", R"({"mode":"hang","duration_ms":5})").status, 404);
    EXPECT_THAT(message(call("POST", "zones/zone-a/drill", R"({"mode":"melt","duration_ms":5})")),
                HasSubstr("hang"));
    EXPECT_THAT(message(call("POST", "zones/zone-a/drill", R"({"mode":"hang"})")),
                HasSubstr("duration_ms"));
    EXPECT_THAT(message(call("POST", "zones/zone-a/drill", R"({"mode":"hang","duration_ms":-5})")),
                HasSubstr("duration_ms"));
    EXPECT_THAT(message(call("POST", "zones/zone-a/drill", R"({"mode":"hang","duration_ms":0})")),
                HasSubstr("lasts"));
    EXPECT_THAT(
        message(call("POST", "zones/zone-a/drill", R"({"mode":"hang","duration_ms":99999999})")),
        HasSubstr("hour"));
    EXPECT_THAT(
        message(call("POST", "zones/zone-a/drill", R"({"mode":"hang","duration_ms":5,"tme":1})")),
        HasSubstr("'tme'"));
    EXPECT_THAT(message(call("POST", "zones/zone-a/drill", "[1]")), HasSubstr("JSON object"));
    EXPECT_TRUE(drills.running().empty());
}

TEST_F(Admin, takes_a_zone_out_for_maintenance_once_everything_is_on_three_zones) {
    protection.bodies = 0;
    EXPECT_EQ(call("POST", "zones/zone-b/maintenance", R"({"at_once":false})").status, 200);
    EXPECT_EQ(zones.state(1), zone::ZoneState::Out);
    EXPECT_EQ(call("GET", "zones").body.at("zones").at(1).at("maintenance"), true);

    EXPECT_EQ(call("DELETE", "zones/zone-b/maintenance").status, 200);
    EXPECT_EQ(call("GET", "zones").body.at("zones").at(1).at("maintenance"), false);
    EXPECT_EQ(call("DELETE", "zones/zone-b/maintenance").status, 409);
}

TEST_F(Admin, leaves_a_zone_in_while_bodies_are_not_on_three_zones_unless_told_at_once) {
    const Answered refused = call("POST", "zones/zone-b/maintenance", R"({"at_once":false})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(message(refused), HasSubstr("3 objects are not on their three zones yet"));
    EXPECT_EQ(zones.state(1), zone::ZoneState::Ok);

    EXPECT_EQ(call("POST", "zones/zone-b/maintenance", R"({"at_once":true})").status, 200);
    EXPECT_EQ(zones.state(1), zone::ZoneState::Out);
    EXPECT_EQ(call("POST", "zones/zone-b/maintenance", R"({"now":true})").status, 400);
    EXPECT_EQ(call("POST", "zones/zone-x/maintenance", R"({"at_once":true})").status, 404);
}

TEST_F(Admin, lists_events_after_an_id) {
    events.add(executor.wall_now(), "zone-a", "one");
    events.add(executor.wall_now(), "zone-a", "two");

    EXPECT_EQ(call("GET", "events").body.at("events").as_array().size(), 2U);
    EXPECT_EQ(call("GET", "events?after=1").body.at("events").at(0).at("text"), "two");
    EXPECT_EQ(call("GET", "events?after=x").status, 400);
}

TEST_F(Admin, answers_404_to_what_there_is_not) {
    EXPECT_EQ(call("GET", "nothing").status, 404);
    EXPECT_EQ(call("GET", "").status, 404);
    EXPECT_EQ(call("PATCH", "zones").status, 404);
    EXPECT_EQ(call("GET", "zones/zone-a/drill/x").status, 404);
}

}  // namespace
}  // namespace antipode::admin
