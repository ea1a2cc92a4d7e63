#include "admin/zone_events.h"

#include "admin/admin_harness.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

struct Watching : Admin {
    /// Asks on the executor, as in life.
    void look() {
        executor.post([this] { watcher.look(); });
        executor.run_ready();
    }

    std::vector<std::string> texts() const {
        std::vector<std::string> out;
        for (const Event& event : events.after(0)) {
            out.push_back(event.subject + " " + event.text);
        }
        return out;
    }

    ZoneEvents watcher{zones, protection, events};
};

TEST_F(Watching, says_when_a_zone_goes_and_when_it_is_back) {
    look();
    zones.force_out(1, "its disk is gone");
    look();
    look();
    zones.states[1] = zone::ZoneState::CatchingUp;
    zones.reasons[1] = "was out";
    look();
    zones.states[1] = zone::ZoneState::Ok;
    look();

    EXPECT_THAT(texts(),
                ElementsAre("zone-b is out: its disk is gone",
                            "zone-b is catching-up: was out",
                            "zone-b is ok again"));
}

TEST_F(Watching, says_at_the_first_look_only_what_is_not_as_it_should_be) {
    zones.force_out(2, "was out before the start");

    look();

    EXPECT_THAT(texts(), ElementsAre("zone-c is out: was out before the start"));
}

TEST_F(Watching, looks_by_itself_until_it_is_stopped) {
    bool is_stopped = false;
    executor.post([this] { watcher.start(); });
    executor.run(1s);
    zones.force_out(0, "gone");
    executor.run(1s);
    runtime::start(executor, watcher.stop(), [&is_stopped] { is_stopped = true; });
    executor.run(1s);

    EXPECT_TRUE(is_stopped);
    EXPECT_THAT(texts(), ElementsAre("zone-a is out: gone"));
}

}  // namespace
}  // namespace antipode::admin
