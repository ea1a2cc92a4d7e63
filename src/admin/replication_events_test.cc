#include "admin/replication_events.h"

#include "admin/admin_harness.h"
#include "admin/fake_replication.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

struct WatchingRules : Admin {
    WatchingRules() {
        replication::RuleStatus rule;
        rule.bucket = "here";
        rule.rule.id = "r";
        rule.rule.target_region = "cn-beijing";
        rule.rule.target_bucket = BucketName("there");
        fake.rules.push_back(std::move(rule));
    }

    replication::RuleStatus& rule() { return fake.rules.front(); }

    std::int64_t now_ms() const { return executor.wall_now().time_since_epoch().count(); }

    /// Kinds of the events that a look added.
    std::vector<std::string> look() {
        const std::vector<Event> before = events.after(0);
        runtime::start(executor, watcher.look(), [] {});
        executor.run_ready();
        std::vector<std::string> kinds;
        for (const Event& event : events.after(before.empty() ? 0 : before.back().id)) {
            kinds.push_back(event.kind);
        }
        return kinds;
    }

    void add_exception(const std::string& key) {
        replication::ReplicationException exception;
        exception.key = key;
        exception.reason = "refused";
        fake.failed.push_back(exception);
        rule().exceptions = fake.failed.size();
    }

    FakeReplication fake;
    ReplicationEvents watcher{fake, events};
};

TEST_F(WatchingRules, says_once_that_a_rule_is_late_and_once_that_it_has_caught_up) {
    rule().oldest_pending_ms = now_ms();
    EXPECT_THAT(look(), ElementsAre());

    executor.jump_wall_clock(11min);
    rule().last_error = "Unavailable: nobody answers";
    EXPECT_THAT(look(), ElementsAre("replication.late"));
    EXPECT_THAT(events.after(0).back().text, HasSubstr("threshold of 10.0 min: Unavailable"));
    EXPECT_THAT(look(), ElementsAre());

    rule().oldest_pending_ms = 0;
    EXPECT_THAT(look(), ElementsAre("replication.caught-up"));
    EXPECT_THAT(look(), ElementsAre());
}

TEST_F(WatchingRules, keeps_to_the_threshold_of_the_rule) {
    rule().limits.threshold_ms = 2000;
    rule().oldest_pending_ms = now_ms() - 1000;
    EXPECT_THAT(look(), ElementsAre());

    rule().oldest_pending_ms = now_ms() - 2001;

    EXPECT_THAT(look(), ElementsAre("replication.late"));
}

TEST_F(WatchingRules, tells_refused_versions_with_the_reason_but_not_each_of_thousands) {
    add_exception("a");
    EXPECT_THAT(look(), ElementsAre("replication.failed"));
    EXPECT_THAT(events.after(0).back().text, HasSubstr("'a': refused"));

    add_exception("b");
    EXPECT_THAT(look(), ElementsAre()) << "within the same minute";
    executor.jump_wall_clock(61s);
    EXPECT_THAT(look(), ElementsAre("replication.failed"));
    EXPECT_THAT(events.after(0).back().text, HasSubstr("2 versions"));
}

TEST_F(WatchingRules, tells_that_the_destination_has_fenced_a_rule) {
    rule().is_fenced = true;

    EXPECT_THAT(look(), ElementsAre("replication.fenced"));
    EXPECT_THAT(look(), ElementsAre());
}

}  // namespace
}  // namespace antipode::admin
