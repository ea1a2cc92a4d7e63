#include "zone/zone_set.h"

#include <algorithm>
#include <barrier>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/io_threads.h"
#include "runtime/lasting_files.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/temporary_directory.h"

namespace antipode::zone {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Records what it is told; its rejoins succeed, fail, or wait.
class TestMember final : public ZoneMember {
  public:
    TestMember(std::string name, std::vector<std::string>* log, std::mutex* mutex)
        : name_(std::move(name)), log_(log), mutex_(mutex) {}

    void zone_went_out(std::size_t zone) override { note("out " + std::to_string(zone)); }

    Task<Result<void>> rejoin(std::size_t zone, std::function<void(double)> progress) override {
        note("rejoin " + std::to_string(zone));
        progress(0.5);
        while (is_waiting.load()) {
            co_await runtime::sleep_for(1ms);
        }
        if (fails_left.load() > 0) {
            --fails_left;
            co_return fail(ErrorCode::Io, "the test says no");
        }
        co_return Result<void>();
    }

    std::atomic<bool> is_waiting = false;
    std::atomic<int> fails_left = 0;

  private:
    void note(const std::string& what) {
        const std::scoped_lock lock(*mutex_);
        log_->push_back(name_ + " " + what);
    }

    std::string name_;
    std::vector<std::string>* log_;
    std::mutex* mutex_;
};

class ZoneSetTest : public testing::Test {
  protected:
    ~ZoneSetTest() override {
        files_.clear_all();
        close();
        threads_.stop();
    }

    ZoneOptions options() {
        return {.directories = {directory_ / "a", directory_ / "b", directory_ / "c"},
                .region = "cn-test",
                .suspect_after = 100ms,
                .out_after = 300ms,
                .probe_every = 50ms};
    }

    Result<void> open() {
        TRY(zones_, ZoneSet::open(options(), files_));
        zones_->add_member(rows_);
        zones_->add_member(bytes_);
        zones_->start_probing(threads_.executor(0));
        return {};
    }

    void close() {
        if (zones_) {
            runtime::run_to_end(threads_.executor(0), zones_->stop());
            zones_.reset();
        }
    }

    std::string refusal() {
        const Result<void> opened = open();
        return opened ? "(none)" : opened.error().message;
    }

    void wait_for(std::size_t zone, ZoneState state) {
        for (int i = 0; i < 10'000 && zones_->state(zone) != state; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        ASSERT_EQ(zones_->state(zone), state) << zones_->status()[zone].reason;
    }

    void wait_for_reason(std::size_t zone, const std::string& reason) {
        for (int i = 0; i < 10'000 && zones_->status()[zone].reason != reason; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        ASSERT_EQ(zones_->status()[zone].reason, reason);
    }

    std::vector<std::string> log() {
        const std::scoped_lock lock(mutex_);
        return log_;
    }

    template <typename Condition>
    void wait_for_log(Condition condition) {
        for (int i = 0; i < 60'000 && !condition(log()); ++i) {
            std::this_thread::sleep_for(1ms);
        }
        ASSERT_TRUE(condition(log()));
    }

    runtime::TemporaryDirectory directory_;
    runtime::LastingFiles& all_files_ = runtime::LastingFiles::make();
    runtime::FileSystem* disk_ = all_files_.disk.get();
    runtime::FaultFileSystem& files_ = all_files_.faulty;
    runtime::IoThreads threads_{1};
    std::mutex mutex_;
    std::vector<std::string> log_;
    TestMember rows_{"rows", &log_, &mutex_};
    TestMember bytes_{"bytes", &log_, &mutex_};
    std::unique_ptr<ZoneSet> zones_;
};

TEST_F(ZoneSetTest, makes_a_new_region_and_knows_it_again) {
    ASSERT_TRUE(open());
    const std::string region_id = zones_->region_id();
    EXPECT_EQ(zones_->status()[2].name, "zone-c");
    close();

    ASSERT_TRUE(open());

    EXPECT_EQ(zones_->region_id(), region_id);
    for (const ZoneStatus& zone : zones_->status()) {
        EXPECT_EQ(zone.state, ZoneState::Ok);
        EXPECT_EQ(zone.reason, "");
    }
}

TEST_F(ZoneSetTest, refuses_what_is_not_its_own) {
    ASSERT_TRUE(open());
    EXPECT_THAT(ZoneSet::open(options(), files_).error().message,
                HasSubstr("held by another process"));
    close();

    ZoneOptions other_region = options();
    other_region.region = "cn-other";
    EXPECT_THAT(ZoneSet::open(other_region, files_).error().message,
                HasSubstr("belongs to region cn-test"));
    ZoneOptions swapped = options();
    std::swap(swapped.directories[0], swapped.directories[1]);
    EXPECT_THAT(ZoneSet::open(swapped, files_).error().message, HasSubstr("is zone-b, not zone-a"));
    ZoneOptions twice = options();
    twice.directories[2] = twice.directories[1];
    EXPECT_THAT(ZoneSet::open(twice, files_).error().message, HasSubstr("are the same directory"));
    ASSERT_TRUE(disk_->remove_tree(directory_ / "c"));
    ASSERT_TRUE(disk_->create_directories(directory_ / "c/photos"));
    EXPECT_THAT(refusal(), HasSubstr("is no zone: it holds photos"));
    ASSERT_TRUE(disk_->remove_tree(directory_ / "c"));

    ASSERT_TRUE(open());
    EXPECT_EQ(zones_->state(2), ZoneState::Out);
}

TEST_F(ZoneSetTest, starts_beside_a_new_disk_that_was_written_to_before_it_was_noticed) {
    ASSERT_TRUE(open());
    close();
    const std::string record = R"({"format":1,"generation":3,"incomplete":["zone-b"]})";
    ASSERT_TRUE(disk_->remove_tree(directory_ / "c"));
    ASSERT_TRUE(disk_->create_directories(directory_ / "c"));
    ASSERT_TRUE(disk_->write_file_atomically(directory_ / "c/incomplete.json", record));

    ASSERT_TRUE(open());

    wait_for(2, ZoneState::Ok);
    EXPECT_TRUE(std::ranges::count(log(), "bytes rejoin 2"));
}

TEST_F(ZoneSetTest, starts_with_two_zones_and_not_with_one) {
    ASSERT_TRUE(open());
    close();
    ASSERT_TRUE(disk_->remove_tree(directory_ / "b"));

    ASSERT_TRUE(open());
    EXPECT_EQ(zones_->state(0), ZoneState::Ok);
    EXPECT_EQ(zones_->state(1), ZoneState::Out);
    EXPECT_THAT(zones_->status()[1].reason, HasSubstr("missing"));
    close();
    ASSERT_TRUE(disk_->remove_tree(directory_ / "c"));

    EXPECT_THAT(refusal(), HasSubstr("at least two complete zones; zone-b"));
}

TEST_F(ZoneSetTest, needs_all_three_to_make_a_region) {
    files_.set(directory_ / "b", {.fail_reads = true, .fail_writes = true});

    EXPECT_FALSE(open());
    files_.clear_all();
    EXPECT_TRUE(open());
}

TEST_F(ZoneSetTest, makes_the_region_again_after_a_crash_in_its_making) {
    files_.set(directory_ / "c", {.fail_syncs = true});
    EXPECT_FALSE(open());
    files_.clear_all();

    ASSERT_TRUE(open());

    EXPECT_EQ(zones_->state(2), ZoneState::Ok);
}

TEST_F(ZoneSetTest, puts_a_failing_zone_out_and_brings_it_back_rows_first) {
    ASSERT_TRUE(open());
    files_.set(directory_ / "b", {.fail_writes = true});

    zones_->report_failure(1, {ErrorCode::Io, "the disk said no"});
    EXPECT_EQ(zones_->state(1), ZoneState::Out);
    EXPECT_THAT(zones_->status()[1].reason, HasSubstr("the disk said no"));
    zones_->report_failure(1, {ErrorCode::Io, "again"});
    runtime::run_to_end(threads_.executor(0), zones_->outages_recorded());
    EXPECT_THAT(disk_->read_file(directory_ / "a/incomplete.json").value(), HasSubstr("zone-b"));
    files_.clear_all();
    wait_for(1, ZoneState::Ok);

    EXPECT_EQ(
        log(),
        (std::vector<std::string>{"rows out 1", "bytes out 1", "rows rejoin 1", "bytes rejoin 1"}));
    EXPECT_THAT(disk_->read_file(directory_ / "a/incomplete.json").value(),
                Not(HasSubstr("zone-b")));
}

TEST_F(ZoneSetTest, notices_by_itself_what_is_wrong_with_a_directory) {
    ASSERT_TRUE(open());

    files_.set(directory_ / "a", {.no_space = true, .read_only = true});
    wait_for(0, ZoneState::Out);
    files_.clear_all();
    wait_for(0, ZoneState::Ok);
    // Moved, not removed: a probe may be writing there.
    ASSERT_TRUE(disk_->rename(directory_ / "a", directory_ / "gone"));
    wait_for(0, ZoneState::Out);
    // A look that had begun before it went says what it stumbled over; the next one knows.
    wait_for_reason(0, "the directory is missing");
    ASSERT_TRUE(disk_->create_directories(directory_ / "a"));
    wait_for(0, ZoneState::Ok);
}

TEST_F(ZoneSetTest, notices_an_old_copy_of_a_directory_in_its_place_and_fills_it) {
    ASSERT_TRUE(open());
    close();
    ASSERT_TRUE(disk_->create_directories(directory_ / "copy"));
    for (const char* const name : {"zone.json", "zone.lock"}) {
        ASSERT_TRUE(disk_->write_file_atomically(
            directory_ / "copy/" + name, disk_->read_file(directory_ / "b/" + name).value()));
    }
    ASSERT_TRUE(open());

    ASSERT_TRUE(disk_->rename(directory_ / "b", directory_ / "away"));
    ASSERT_TRUE(disk_->rename(directory_ / "copy", directory_ / "b"));

    wait_for_log([](const auto& log) { return std::ranges::count(log, "bytes rejoin 1") >= 1; });
    wait_for(1, ZoneState::Ok);
    EXPECT_EQ(log().front(), "rows out 1");
}

class IncompleteZoneTest : public ZoneSetTest {
  protected:
    /// Stops while zone c is being filled, and has the next start wait before it fills.
    void stop_within_catch_up() {
        ASSERT_TRUE(open());
        rows_.is_waiting = true;
        zones_->force_out(2, "a drill");
        wait_for(2, ZoneState::CatchingUp);
        for (int i = 0; i < 10'000 && zones_->status()[2].progress != 0.25; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_EQ(zones_->status()[2].progress, 0.25);
        runtime::run_to_end(threads_.executor(0), zones_->outages_recorded());
        rows_.fails_left = 1;
        rows_.is_waiting = false;
        close();
        rows_.is_waiting = true;
        rows_.fails_left = 0;
    }
};

TEST_F(IncompleteZoneTest, does_not_believe_an_incomplete_zone_after_a_restart) {
    stop_within_catch_up();

    ASSERT_TRUE(open());
    EXPECT_NE(zones_->state(2), ZoneState::Ok);
    rows_.is_waiting = false;
    wait_for(2, ZoneState::Ok);
}

TEST_F(IncompleteZoneTest, does_not_believe_a_damaged_file_that_would_outvote_the_others) {
    for (const char* const damaged : {R"({"format":1,"generation":-1,"incomplete":[]})",
                                      R"({"format":1,"generation":9000000,"incomplete":[7]})",
                                      R"({"format":1,"generation":9000000})"}) {
        SCOPED_TRACE(damaged);
        stop_within_catch_up();
        ASSERT_TRUE(disk_->write_file_atomically(directory_ / "c/incomplete.json", damaged));

        ASSERT_TRUE(open());
        EXPECT_NE(zones_->state(2), ZoneState::Ok);
        rows_.is_waiting = false;
        wait_for(2, ZoneState::Ok);
        close();
    }
}

TEST_F(ZoneSetTest, holds_nothing_against_a_zone_that_was_away_from_a_start_that_failed) {
    ASSERT_TRUE(open());
    close();
    ASSERT_TRUE(disk_->rename(directory_ / "a", directory_ / "away"));

    zones_ = ZoneSet::open(options(), files_).value();  // Here an engine says no.
    EXPECT_EQ(zones_->state(0), ZoneState::Out);
    close();
    ASSERT_TRUE(disk_->rename(directory_ / "away", directory_ / "a"));

    zones_ = ZoneSet::open(options(), files_).value();
    EXPECT_EQ(zones_->state(0), ZoneState::Ok);
}

TEST_F(ZoneSetTest, remembers_who_was_away_from_a_start_that_went_well) {
    ASSERT_TRUE(open());
    close();
    ASSERT_TRUE(disk_->rename(directory_ / "a", directory_ / "away"));
    ASSERT_TRUE(open());
    runtime::run_to_end(threads_.executor(0), zones_->outages_recorded());
    close();
    ASSERT_TRUE(disk_->rename(directory_ / "away", directory_ / "a"));

    zones_ = ZoneSet::open(options(), files_).value();
    EXPECT_EQ(zones_->state(0), ZoneState::Out);
}

class MaintenanceTest : public ZoneSetTest {
  protected:
    Result<void> hold(std::size_t zone) {
        return runtime::run_to_end(threads_.executor(0), zones_->hold(zone, "a new fan"));
    }

    std::string last_probe() { return disk_->read_file(directory_ / "a/probe").value_or(""); }

    /// Several looks at the zones that are there.
    void let_the_prober_look() {
        for (std::size_t looks = 0; looks < 5; ++looks) {
            const std::string before = last_probe();
            while (last_probe() == before) {
                std::this_thread::sleep_for(1ms);
            }
        }
    }
};

TEST_F(MaintenanceTest, keeps_a_zone_out_until_it_is_let_back_and_touches_nothing_there) {
    ASSERT_TRUE(open());
    ASSERT_TRUE(hold(1));
    EXPECT_EQ(zones_->state(1), ZoneState::Out);
    EXPECT_EQ(zones_->status()[1].reason, "a new fan");
    EXPECT_TRUE(zones_->status()[1].is_held);
    // Its disk is taken away, and a mount point is left.
    ASSERT_TRUE(disk_->rename(directory_ / "b", directory_ / "away"));
    ASSERT_TRUE(disk_->create_directories(directory_ / "b"));
    let_the_prober_look();
    EXPECT_EQ(zones_->state(1), ZoneState::Out);
    close();
    ASSERT_TRUE(open());
    let_the_prober_look();
    EXPECT_EQ(zones_->state(1), ZoneState::Out);
    EXPECT_EQ(zones_->status()[1].reason, "out for maintenance");
    EXPECT_EQ(disk_->list(directory_ / "b").value(), std::vector<std::string>{});
    ASSERT_TRUE(disk_->remove_tree(directory_ / "b"));
    ASSERT_TRUE(disk_->rename(directory_ / "away", directory_ / "b"));

    ASSERT_TRUE(zones_->release(1));

    wait_for(1, ZoneState::Ok);
    EXPECT_FALSE(zones_->status()[1].is_held);
    close();
    ASSERT_TRUE(open());
    EXPECT_EQ(zones_->state(1), ZoneState::Ok);
}

TEST_F(MaintenanceTest, takes_no_zone_that_may_hold_what_another_lacks) {
    ASSERT_TRUE(open());
    files_.set(directory_ / "c", {.fail_writes = true});
    wait_for(2, ZoneState::Out);

    const Result<void> held = hold(1);

    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().code, ErrorCode::Conflict);
    EXPECT_EQ(held.error().message,
              "zone-c is out; as long as it is, zone-b may hold what it lacks");
    EXPECT_EQ(zones_->state(1), ZoneState::Ok);
    EXPECT_EQ(zones_->release(1).error().message, "zone-b is not out for maintenance");
}

TEST_F(ZoneSetTest, suspects_a_zone_that_hangs_and_then_puts_it_out) {
    ASSERT_TRUE(open());

    files_.set(directory_ / "c", {.hang = true});
    wait_for(2, ZoneState::Suspect);
    wait_for(2, ZoneState::Out);
    files_.clear_all();
    wait_for(2, ZoneState::Ok);
}

TEST_F(ZoneSetTest, may_end_while_calls_that_hung_come_back_with_errors) {
    for (int round = 0; round < 20; ++round) {
        ASSERT_TRUE(open());
        std::vector<std::shared_ptr<ZoneWatch>> watches;
        for (std::size_t zone = 0; zone < kZones; ++zone) {
            watches.push_back(zones_->watch(zone));
        }
        std::barrier together(kZones + 1);
        std::vector<std::jthread> calls;
        for (const auto& watch : watches) {
            calls.emplace_back([watch, &together] {
                together.arrive_and_wait();
                watch->report_failure({.code = ErrorCode::Io, .message = "late"});
            });
        }
        runtime::run_to_end(threads_.executor(0), zones_->stop());
        together.arrive_and_wait();
        zones_.reset();
    }
}

TEST_F(ZoneSetTest, puts_no_zone_out_for_slowness_when_all_are_slow) {
    ASSERT_TRUE(open());

    files_.set(directory_.path(), {.hang = true});
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        wait_for(zone, ZoneState::Suspect);
    }
    for (int i = 0; i < 300; ++i) {
        for (std::size_t zone = 0; zone < kZones; ++zone) {
            ASSERT_EQ(zones_->state(zone), ZoneState::Suspect);
        }
        std::this_thread::sleep_for(1ms);
    }
    files_.clear_all();
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        wait_for(zone, ZoneState::Ok);
    }

    EXPECT_EQ(log(), std::vector<std::string>{});
}

TEST_F(ZoneSetTest, tries_again_when_a_member_cannot_fill_the_zone) {
    ASSERT_TRUE(open());
    bytes_.fails_left = 1;

    zones_->force_out(0, "a drill");
    wait_for_log([](const auto& log) { return std::ranges::count(log, "bytes rejoin 0") >= 2; });
    wait_for(0, ZoneState::Ok);

    // A busy machine may add an outage of its own.
    std::vector<std::string> first = log();
    first.resize(6);
    EXPECT_EQ(first,
              (std::vector<std::string>{"rows out 0",
                                        "bytes out 0",
                                        "rows rejoin 0",
                                        "bytes rejoin 0",
                                        "rows out 0",
                                        "bytes out 0"}));
}

TEST_F(ZoneSetTest, survives_a_full_disk_under_all_three) {
    ASSERT_TRUE(open());
    files_.set(directory_.path(), {.fail_writes = true});
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        wait_for(zone, ZoneState::Out);
    }
    close();
    files_.clear_all();

    ASSERT_TRUE(open());

    for (std::size_t zone = 0; zone < kZones; ++zone) {
        wait_for(zone, ZoneState::Ok);
    }
}

TEST_F(ZoneSetTest, brings_two_zones_back_at_once) {
    ASSERT_TRUE(open());
    rows_.is_waiting = true;
    for (int round = 0; round < 5; ++round) {
        rows_.is_waiting = true;
        zones_->force_out(0, "a drill");
        zones_->force_out(1, "a drill");
        wait_for(0, ZoneState::CatchingUp);
        wait_for(1, ZoneState::CatchingUp);
        rows_.is_waiting = false;
        wait_for(0, ZoneState::Ok);
        wait_for(1, ZoneState::Ok);
    }
}

TEST_F(ZoneSetTest, leaves_a_hanging_prober_behind_when_it_goes) {
    ASSERT_TRUE(open());
    files_.set(directory_ / "b", {.hang = true});
    wait_for(1, ZoneState::Out);

    close();

    files_.clear_all();
    ASSERT_TRUE(open());
}

TEST(ZoneState, has_the_names_that_the_command_line_shows) {
    EXPECT_EQ(name_of(ZoneState::Ok), "ok");
    EXPECT_EQ(name_of(ZoneState::Suspect), "suspect");
    EXPECT_EQ(name_of(ZoneState::Out), "out");
    EXPECT_EQ(name_of(ZoneState::CatchingUp), "catching-up");
}

}  // namespace
}  // namespace antipode::zone
