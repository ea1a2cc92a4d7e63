#include "admin/scrubs.h"

#include "admin/admin_harness.h"
#include "index/memory_store.h"
#include "runtime/one_shot.h"
#include "runtime/run_to_end.h"

namespace antipode::admin {
namespace {

using namespace std::chrono_literals;

struct Scrubbing : Admin {
    Scrubbing() {
        open();
        EXPECT_TRUE(runtime::run_to_end(executor, executor, catalog.load()));
        api.add("scrub", routes.emplace(*scrubs, lost_bodies));
    }

    ~Scrubbing() override { close(); }

    /// As a start of the region does.
    void open() {
        end = {};
        ScrubBook book{.load = [this] { return load(this); },
                       .save = [this](std::string text) { return save(this, std::move(text)); }};
        scrubs.emplace(
            [this](ScrubOrder order) { return work(this, std::move(order)); },
            std::move(book),
            ScrubFinds{
                .lost = [this](blob::NamedBlob named) { return note(this, named); },
                .complete = [this](std::int64_t began_ms) { return complete(this, began_ms); }},
            period,
            events);
        runtime::start(executor, start(&*scrubs), [] {});
        executor.run_ready();
    }

    /// As an orderly stop does: whoever does the work ends it.
    void close() {
        scrubs->close();
        end.set(fail(ErrorCode::Unavailable, "the store is stopping"));
        runtime::run_to_end(executor, executor, scrubs->join());
    }

    void reopen() {
        close();
        open();
    }

    static Task<void> start(Scrubs* scrubs) {
        scrubs->start();
        co_return;
    }

    /// Half done, then waits for the test to say how it ends.
    static Task<Result<ScrubOutcome>> work(Scrubbing* self, ScrubOrder order) {
        order.progress(0.5);
        self->orders.push_back(order);
        co_return co_await self->end.wait();
    }

    static Task<void> note(Scrubbing* self, blob::NamedBlob named) {
        self->found.push_back(std::move(named.owner));
        co_return;
    }

    static Task<void> complete(Scrubbing* self, std::int64_t began_ms) {
        self->completed.push_back(began_ms);
        co_return;
    }

    static Task<Result<std::optional<std::string>>> load(Scrubbing* self) { co_return self->row; }

    static Task<Result<void>> save(Scrubbing* self, std::string text) {
        self->row = std::move(text);
        co_return Result<void>{};
    }

    void checkpoint(ScrubOutcome so_far, const std::string& place) {
        runtime::start(executor, orders.back().checkpoint(std::move(so_far), place), [] {});
        executor.run_ready();
    }

    void finish(Result<ScrubOutcome> outcome) {
        std::exchange(end, {}).set(std::move(outcome));
        executor.run_ready();
    }

    std::string state() { return std::string(call("GET", "scrub").body.at("state").as_string()); }

    runtime::Duration period{};
    std::optional<std::string> row;
    std::vector<ScrubOrder> orders;
    runtime::OneShot<Result<ScrubOutcome>> end;
    std::optional<Scrubs> scrubs;
    std::optional<ScrubRoutes> routes;
    std::vector<std::string> found;
    std::vector<std::int64_t> completed;
    index::MemoryStore index;
    catalog::Catalog catalog{index, {.region = "cn-hangzhou"}};
    replication::LostBodies lost_bodies{catalog};
};

TEST_F(Scrubbing, shows_how_far_it_is_and_what_it_found) {
    EXPECT_EQ(state(), "never");

    EXPECT_EQ(call("POST", "scrub").status, 200);
    const Answered running = call("GET", "scrub");
    EXPECT_EQ(running.body.at("state"), "running");
    EXPECT_EQ(running.body.at("progress"), 0.5);

    end.set(ScrubOutcome{.checked = 10, .bytes = 100, .healed = 2, .not_checked = 1, .lost = 1});
    executor.run_ready();
    const Answered done = call("GET", "scrub");
    EXPECT_EQ(done.body.at("state"), "done");
    EXPECT_EQ(done.body.at("progress"), 1.0);
    EXPECT_EQ(done.body.at("healed"), 2);
    EXPECT_EQ(done.body.at("lost"), 1);
    EXPECT_TRUE(done.body.at("beyond_repair").as_array().empty());
    EXPECT_TRUE(completed.empty()) << "what was not checked may still be lost";
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
    finish(ScrubOutcome{});
    EXPECT_EQ(state(), "done");
}

TEST_F(Scrubbing, begins_by_itself_once_in_a_period_and_takes_its_time) {
    period = 24h;
    reopen();

    executor.run(23h);
    EXPECT_TRUE(orders.empty());
    executor.run(2h);
    ASSERT_EQ(orders.size(), 1U);
    EXPECT_EQ(orders[0].within, 12h);
    EXPECT_EQ(orders[0].from, "");
    finish(ScrubOutcome{.checked = 3});

    EXPECT_EQ(scrubs->status().next_ms, scrubs->status().started_ms + 86'400'000);
    executor.run(22h);
    EXPECT_EQ(orders.size(), 1U);
    executor.run(2h);
    EXPECT_EQ(orders.size(), 2U);
}

TEST_F(Scrubbing, counts_the_period_over_restarts_and_remembers_the_last_one) {
    period = 24h;
    reopen();
    executor.run(20h);
    reopen();
    executor.run(5h);
    ASSERT_EQ(orders.size(), 1U);
    finish(ScrubOutcome{.checked = 3, .lost = 1});

    reopen();

    EXPECT_EQ(scrubs->status().state, Scrubs::State::Done);
    EXPECT_EQ(scrubs->status().outcome.checked, 3U);
    EXPECT_EQ(scrubs->status().outcome.lost, 1U);
    EXPECT_THAT(completed, ElementsAre(scrubs->status().started_ms));
}

TEST_F(Scrubbing, goes_on_after_a_restart_where_it_was) {
    call("POST", "scrub");
    executor.run(1min);
    checkpoint({.checked = 7, .lost = 1}, "place 7");

    reopen();

    EXPECT_EQ(state(), "running");
    ASSERT_EQ(orders.size(), 2U);
    EXPECT_EQ(orders[1].from, "place 7");
    EXPECT_EQ(orders[1].so_far.checked, 7U);
    EXPECT_EQ(orders[1].so_far.lost, 1U);
    finish(ScrubOutcome{.checked = 9});
    reopen();
    EXPECT_EQ(state(), "done");
    EXPECT_EQ(orders.size(), 2U);
}

TEST_F(Scrubbing, goes_on_an_hour_after_it_failed) {
    period = 24h;
    reopen();
    executor.run(25h);
    checkpoint({.checked = 7}, "place 7");
    finish(fail(ErrorCode::Io, "the disk is gone"));

    executor.run(50min);
    EXPECT_EQ(orders.size(), 1U);
    executor.run(20min);
    ASSERT_EQ(orders.size(), 2U);
    EXPECT_EQ(orders[1].from, "place 7");
}

TEST_F(Scrubbing, tells_of_what_is_lost_when_it_is_found) {
    call("POST", "scrub");

    runtime::start(executor, orders.back().lost({.owner = "a", .ref = {}}), [] {});
    executor.run_ready();

    EXPECT_THAT(found, ElementsAre("a"));
    EXPECT_EQ(state(), "running");
}

TEST_F(Scrubbing, reads_its_state_as_it_was_kept_when_it_named_what_was_lost) {
    RecordWriter old;
    old.u8(1);
    old.u8(2);
    for (int time = 1; time <= 3; ++time) {
        old.u64(static_cast<std::uint64_t>(time));
    }
    old.text({});
    old.text({});
    for (int figure = 0; figure < 4; ++figure) {
        old.u64(5);
    }
    old.varint(2);
    old.text("a");
    old.text("b");
    close();
    row = old.take();
    open();

    EXPECT_EQ(state(), "done");
    EXPECT_EQ(scrubs->status().outcome.lost, 2U);
    EXPECT_EQ(scrubs->status().outcome.checked, 5U);
}

TEST_F(Scrubbing, begins_anew_when_what_it_knew_cannot_be_read) {
    period = 24h;
    row = "\x02 of another format";
    close();
    open();

    executor.run(25h);

    EXPECT_EQ(orders.size(), 1U);
}

TEST_F(Scrubbing, answers_404_to_what_there_is_not) {
    EXPECT_EQ(call("DELETE", "scrub").status, 404);
    EXPECT_EQ(call("GET", "scrub/x").status, 404);
}

}  // namespace
}  // namespace antipode::admin
