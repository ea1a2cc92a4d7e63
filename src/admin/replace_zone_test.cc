#include "admin/replace_zone.h"

#include "admin/admin_harness.h"
#include "runtime/io_threads.h"
#include "runtime/run_to_end.h"
#include "runtime/symbolic_link.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

struct Replacing : Admin {
    Replacing() {
        for (const std::string& path : zones.options_.directories) {
            make(path);
            EXPECT_TRUE(posix->write_file_atomically(path + "/rows", "1").has_value());
        }
    }

    ~Replacing() override { threads.stop(); }

    void make(const std::string& path) { EXPECT_TRUE(posix->create_directories(path).has_value()); }

    Answered replace(const std::string& name, const std::string& path) {
        runtime::Executor& own = threads.executor(0);
        http::Request request = signed_at(own.wall_now(),
                                          "POST",
                                          "zones/" + name + "/replace",
                                          R"({"directory":")" + path + R"("})");
        Answered answered;
        runtime::run_to_end(own, collect(api, request, answered));
        return answered;
    }

    /// Directories are swapped on threads of their own, whose answers a simulated one cannot take.
    runtime::IoThreads threads{1};
};

TEST_F(Replacing, puts_an_empty_directory_in_a_zones_place_and_keeps_what_was_there) {
    make(directory / "new");

    const Answered answered = replace("zone-b", directory / "new");

    EXPECT_EQ(answered.status, 200) << boost::json::serialize(answered.body);
    EXPECT_EQ(zones.states[1], zone::ZoneState::Out);
    const std::string path = zones.options_.directories[1];
    EXPECT_TRUE(runtime::is_symbolic_link(path));
    EXPECT_TRUE(posix->list(path).value().empty());
    const auto names = posix->list(directory.path()).value();
    EXPECT_TRUE(std::ranges::any_of(
        names, [](const std::string& name) { return name.starts_with("zone-b.replaced-"); }));
    EXPECT_THAT(std::string(events.after(0).back().text), HasSubstr("was replaced by"));
}

TEST_F(Replacing, refills_an_empty_directory_in_place) {
    const std::string own = zones.options_.directories[1];
    ASSERT_TRUE(posix->remove_file(own + "/rows").has_value());

    const Answered answered = replace("zone-b", own);

    EXPECT_EQ(answered.status, 200) << boost::json::serialize(answered.body);
    EXPECT_EQ(zones.states[1], zone::ZoneState::Out) << "the zone set fills it from here on";
    EXPECT_FALSE(runtime::is_symbolic_link(own));
    EXPECT_THAT(zones.reasons[1], HasSubstr("is filled anew"));
}

TEST_F(Replacing, refuses_the_zones_own_directory_while_it_holds_something) {
    const std::string own = zones.options_.directories[1];

    const Answered answered = replace("zone-b", own + "/");

    EXPECT_EQ(answered.status, 400);
    EXPECT_THAT(message(answered), HasSubstr("is where zone-b is now and it is not empty"));
    EXPECT_EQ(zones.states[1], zone::ZoneState::Ok) << "nothing was changed";
    EXPECT_EQ(posix->read_file(own + "/rows").value(), "1");
}

TEST_F(Replacing, refuses_what_cannot_be_a_zone) {
    make(directory / "full");
    ASSERT_TRUE(posix->write_file_atomically(directory / "full/x", "1").has_value());
    make(zones.options_.directories[0] + "/inside");

    EXPECT_THAT(message(replace("zone-b", "relative")), HasSubstr("not an absolute path"));
    EXPECT_THAT(message(replace("zone-b", directory / "missing")), HasSubstr("cannot be used"));
    EXPECT_THAT(message(replace("zone-b", directory / "full")), HasSubstr("it holds x"));
    EXPECT_THAT(message(replace("zone-b", zones.options_.directories[0])),
                HasSubstr("is part of zone-a"));
    EXPECT_THAT(message(replace("zone-b", zones.options_.directories[0] + "/inside")),
                HasSubstr("is part of zone-a"));
    EXPECT_EQ(replace("zone-d", directory / "full").status, 404);
    EXPECT_EQ(zones.states[1], zone::ZoneState::Ok);
}

TEST_F(Replacing, refuses_while_another_zone_may_need_this_one) {
    make(directory / "new");
    zones.states[0] = zone::ZoneState::CatchingUp;

    const Answered answered = replace("zone-b", directory / "new");

    EXPECT_EQ(answered.status, 409);
    EXPECT_THAT(message(answered), HasSubstr("zone-a is catching-up"));
}

}  // namespace
}  // namespace antipode::admin
