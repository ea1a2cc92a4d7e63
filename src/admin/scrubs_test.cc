#include "admin/scrubs.h"

#include "admin/admin_harness.h"
#include "runtime/one_shot.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

struct Scrubbing : Admin {
    Scrubbing() { api.add("scrub", routes); }

    /// Half done, then waits for the test to say how it ends.
    static Task<Result<ScrubOutcome>> work(Scrubbing* self, std::function<void(double)> progress) {
        progress(0.5);
        co_return co_await self->end.wait();
    }

    std::string state() { return std::string(call("GET", "scrub").body.at("state").as_string()); }

    runtime::OneShot<Result<ScrubOutcome>> end;
    Scrubs scrubs{
        [this](std::function<void(double)> progress) { return work(this, std::move(progress)); },
        events};
    ScrubRoutes routes{scrubs};
};

TEST_F(Scrubbing, shows_how_far_it_is_and_what_it_found) {
    EXPECT_EQ(state(), "never");

    EXPECT_EQ(call("POST", "scrub").status, 200);
    const Answered running = call("GET", "scrub");
    EXPECT_EQ(running.body.at("state"), "running");
    EXPECT_EQ(running.body.at("progress"), 0.5);

    end.set(ScrubOutcome{
        .checked = 10, .bytes = 100, .healed = 2, .not_checked = 1, .lost = {"bucket/key"}});
    executor.run_ready();
    const Answered done = call("GET", "scrub");
    EXPECT_EQ(done.body.at("state"), "done");
    EXPECT_EQ(done.body.at("progress"), 1.0);
    EXPECT_EQ(done.body.at("healed"), 2);
    EXPECT_EQ(done.body.at("lost").at(0), "bucket/key");
    EXPECT_THAT(events.after(0).back().text,
                HasSubstr("10 bodies, 2 pieces healed, 1 bodies lost"));
}

TEST_F(Scrubbing, refuses_a_second_one_while_one_is_running) {
    call("POST", "scrub");

    const Answered second = call("POST", "scrub");

    EXPECT_EQ(second.status, 409);
    EXPECT_THAT(message(second), HasSubstr("running already"));
    end.set(ScrubOutcome{});
    executor.run_ready();
    EXPECT_EQ(state(), "done");
}

TEST_F(Scrubbing, says_why_it_failed_and_may_be_begun_again) {
    call("POST", "scrub");
    end.set(fail(ErrorCode::Io, "the disk is gone"));
    executor.run_ready();

    const Answered failed = call("GET", "scrub");
    EXPECT_EQ(failed.body.at("state"), "failed");
    EXPECT_EQ(failed.body.at("error"), "the disk is gone");
    EXPECT_THAT(events.after(0).back().text, HasSubstr("a scrub failed: the disk is gone"));

    end = {};
    EXPECT_EQ(call("POST", "scrub").status, 200);
    end.set(ScrubOutcome{});
    executor.run_ready();
    EXPECT_EQ(state(), "done");
}

TEST_F(Scrubbing, answers_404_to_what_there_is_not) {
    EXPECT_EQ(call("DELETE", "scrub").status, 404);
    EXPECT_EQ(call("GET", "scrub/x").status, 404);
}

}  // namespace
}  // namespace antipode::admin
