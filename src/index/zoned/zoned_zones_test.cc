// Zones lost in every way while writers run, and brought back while they go on.

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "index/zoned/load.h"
#include "index/zoned/zoned_harness.h"

namespace antipode::index::testing {
namespace {

using namespace std::chrono_literals;
using zone::ZoneState;

class ZonedZonesTest : public ::testing::Test {
  protected:
    /// Any two zones alone give everything back: each one is put away in turn.
    void expect_every_pair_has_everything(Load& load) {
        wait_for_all(harness_);
        harness_.close();
        for (std::size_t away = 0; away < zone::kZones; ++away) {
            ASSERT_TRUE(harness_.disk().rename(harness_.zone(away), harness_.zone(away) + ".away"));
            const Result<void> opened = harness_.open();
            ASSERT_TRUE(opened) << opened.error().message;
            load.verify();
            harness_.close();
            ASSERT_TRUE(harness_.disk().rename(harness_.zone(away) + ".away", harness_.zone(away)));
            // The one that was away is behind by an epoch: it must follow before its turn as a
            // witness comes.
            const Result<void> again = harness_.open();
            ASSERT_TRUE(again) << again.error().message;
            wait_for_all(harness_);
            load.verify();
            harness_.close();
        }
        ASSERT_TRUE(harness_.open());
    }

    ZonedHarness harness_;
};

TEST_F(ZonedZonesTest, lose_no_request_when_a_directory_is_removed_and_refill_an_empty_one) {
    Load load(harness_, 8);
    load.start();
    load.run_for(300);

    ASSERT_TRUE(harness_.disk().rename(harness_.zone(1), harness_.zone(1) + ".gone"));
    ASSERT_TRUE(harness_.disk().remove_tree(harness_.zone(1) + ".gone"));
    wait_for(harness_, 1, ZoneState::Out);
    load.run_for(300);
    ASSERT_TRUE(harness_.disk().create_directories(harness_.zone(1)));
    wait_for(harness_, 1, ZoneState::Ok);
    load.run_for(300);
    load.stop();

    EXPECT_EQ(load.failed(), 0U) << load.first_failure();
    load.verify();
    expect_every_pair_has_everything(load);
}

TEST_F(ZonedZonesTest, lose_no_request_when_a_zone_gives_errors) {
    Load load(harness_, 8);
    load.start();
    load.run_for(300);

    harness_.files().set(harness_.zone(0), {.fail_syncs = true});
    wait_for(harness_, 0, ZoneState::Out);
    load.run_for(300);
    harness_.files().clear_all();
    wait_for(harness_, 0, ZoneState::Ok);
    load.run_for(300);
    harness_.files().set(harness_.zone(2), {.fail_reads = true, .fail_writes = true});
    wait_for(harness_, 2, ZoneState::Out);
    load.run_for(300);
    harness_.files().clear_all();
    wait_for(harness_, 2, ZoneState::Ok);
    load.stop();

    EXPECT_EQ(load.failed(), 0U) << load.first_failure();
    load.verify();
    expect_every_pair_has_everything(load);
}

TEST_F(ZonedZonesTest, lose_no_request_and_hardly_time_when_a_zone_hangs) {
    harness_.notice_slow_zones();
    harness_.reopen();
    Load load(harness_, 8);
    load.start();
    load.run_for(300);
    static_cast<void>(load.longest());

    harness_.files().set(harness_.zone(0), {.hang = true});
    load.run_for(300);
    wait_for(harness_, 0, ZoneState::Out);
    load.run_for(300);
    const auto longest = load.longest();
    harness_.files().clear_all();
    wait_for(harness_, 0, ZoneState::Ok);
    load.run_for(100);
    load.stop();
    load.verify();

    EXPECT_EQ(load.failed(), 0U) << load.first_failure();
    EXPECT_LT(longest,
              5s);  // A zone that hangs would be waited for without end; the bench measures.
    RecordProperty("longest_commit_ms", static_cast<int>(longest.count()));
    expect_every_pair_has_everything(load);
}

TEST_F(ZonedZonesTest, catch_up_without_standing_in_the_way_of_writers) {
    Load load(harness_, 8, 2000);
    load.start();
    load.run_for(100);
    harness_.files().set(harness_.zone(2), {.fail_writes = true});
    wait_for(harness_, 2, ZoneState::Out);
    load.run_for(5000);
    static_cast<void>(load.longest());
    const std::uint64_t before = load.acknowledged();

    harness_.files().clear_all();
    wait_for(harness_, 2, ZoneState::CatchingUp);
    wait_for(harness_, 2, ZoneState::Ok);
    const std::uint64_t during = load.acknowledged() - before;
    const auto longest = load.longest();
    load.stop();

    EXPECT_EQ(load.failed(), 0U) << load.first_failure();
    EXPECT_GT(during, 0U);
    EXPECT_LT(longest,
              5s);  // A zone that hangs would be waited for without end; the bench measures.
    RecordProperty("commits_during_catch_up", static_cast<int>(during));
    RecordProperty("longest_commit_ms", static_cast<int>(longest.count()));
    expect_every_pair_has_everything(load);
}

TEST_F(ZonedZonesTest, are_filled_from_the_rows_of_another_when_the_log_does_not_reach_back) {
    harness_.close();
    harness_.options.absent_log_bytes_max = 0;
    ASSERT_TRUE(harness_.open());
    Load load(harness_, 8, 4000);
    load.start();
    load.run_for(100);
    harness_.files().set(harness_.zone(1), {.fail_writes = true});
    wait_for(harness_, 1, ZoneState::Out);
    load.run_for(3000);
    const auto oldest = [this] {
        return harness_.disk().list(harness_.zone(0) + "/index/log").value().at(0);
    };
    for (int i = 0; i < 30'000 && oldest() <= "0000000000000003"; ++i) {
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_GT(oldest(), "0000000000000003");

    harness_.files().clear_all();
    wait_for(harness_, 1, ZoneState::Ok);
    load.run_for(100);
    load.stop();

    EXPECT_EQ(load.failed(), 0U) << load.first_failure();
    expect_every_pair_has_everything(load);
}

TEST_F(ZonedZonesTest, refuse_writes_and_go_on_reading_when_two_are_lost) {
    Load load(harness_, 4);
    load.start();
    load.run_for(50);
    load.stop();
    const std::uint64_t fence = harness_.await(harness_.store().acquire(PartitionId("p"))).value();
    harness_.files().set(harness_.zone(0), {.fail_reads = true, .fail_writes = true});
    harness_.files().set(harness_.zone(1), {.fail_reads = true, .fail_writes = true});
    wait_for(harness_, 0, ZoneState::Out);
    wait_for(harness_, 1, ZoneState::Out);

    Commit change{.fence = fence, .guards = {}, .writes = {}};
    change.writes.push_back({.key = "k", .value = "v"});
    const auto refused = harness_.await(harness_.store().commit(PartitionId("p"), change));
    // The engine may hear of the second loss a moment after the set has said so: a commit in that
    // moment has no known outcome.
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().code == ErrorCode::Unavailable ||
                refused.error().code == ErrorCode::MaybeCommitted);
    load.verify();
    harness_.files().clear_all();
    wait_for_all(harness_);

    EXPECT_TRUE(harness_.await(harness_.store().commit(PartitionId("p"), change)));
    load.verify();
}

TEST_F(ZonedZonesTest, answer_unknown_when_two_hang_and_settle_when_they_return) {
    harness_.close();
    harness_.options.sequencer.commit_max = 300ms;
    harness_.options.sequencer.stall_max = 200ms;
    ASSERT_TRUE(harness_.open());
    const PartitionId partition("p");
    const std::uint64_t fence = harness_.await(harness_.store().acquire(partition)).value();
    harness_.files().set(harness_.zone(0), {.hang = true});
    harness_.files().set(harness_.zone(1), {.hang = true});

    Commit first{.fence = fence, .guards = {{"k", {}}}, .writes = {}};
    first.writes.push_back({.key = "k", .value = "1"});
    const auto unknown = harness_.await(harness_.store().commit(partition, first));
    const auto refused = harness_.await(harness_.store().commit(partition, first));
    std::vector<std::string> keys{"k"};
    const auto read = harness_.await(harness_.store().get(partition, keys));
    harness_.files().clear_all();
    wait_for_all(harness_);

    EXPECT_EQ(unknown.error().code, ErrorCode::MaybeCommitted);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(read.value().at(0), std::nullopt) << "a read shows what could still be lost";
    for (int i = 0;
         i < 10'000 && !harness_.await(harness_.store().get(partition, keys)).value().at(0);
         ++i) {
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(harness_.await(harness_.store().get(partition, keys)).value().at(0), "1");
    EXPECT_EQ(harness_.await(harness_.store().commit(partition, first)).error().code,
              ErrorCode::Conflict);
}

TEST_F(ZonedZonesTest, serve_again_by_themselves_when_all_three_were_lost_and_come_back) {
    harness_.close();
    harness_.options.sequencer.commit_max = 500ms;
    ASSERT_TRUE(harness_.open());
    Load load(harness_, 8);
    for (int round = 0; round < 3; ++round) {
        load.start();
        load.run_for(100);
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            harness_.files().set(harness_.zone(zone), {.fail_writes = true, .fail_syncs = true});
        }
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            wait_for(harness_, zone, ZoneState::Out);
        }
        load.stop();  // Each writer ends with its first failure, none hangs.
        EXPECT_EQ(harness_.await(harness_.store().acquire(PartitionId("p"))).error().code,
                  ErrorCode::Unavailable);

        harness_.files().clear_all();
        wait_for_all(harness_);
        load.verify();
    }
    load.start();
    load.run_for(100);
    load.stop();
    load.verify();
    expect_every_pair_has_everything(load);
}

TEST_F(ZonedZonesTest, do_not_serve_from_one_that_missed_rows_before_the_others_were_lost) {
    Load load(harness_, 4);
    load.start();
    load.run_for(50);
    harness_.files().set(harness_.zone(2), {.fail_writes = true});
    wait_for(harness_, 2, ZoneState::Out);
    load.run_for(50);
    for (std::size_t zone = 0; zone < 2; ++zone) {
        harness_.files().set(harness_.zone(zone), {.fail_writes = true});
        wait_for(harness_, zone, ZoneState::Out);
    }
    load.stop();

    harness_.files().clear(harness_.zone(2));
    const auto reason = [this] { return harness_.zones().status()[2].reason; };
    for (int i = 0; i < 30'000 && !reason().ends_with("to fill it from"); ++i) {
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_THAT(reason(), ::testing::HasSubstr("lacks acknowledged rows"));
    harness_.files().clear_all();
    wait_for_all(harness_);
    load.verify();
    expect_every_pair_has_everything(load);
}

TEST_F(ZonedZonesTest, close_in_time_when_one_hangs) {
    harness_.notice_slow_zones();
    harness_.reopen();
    Load load(harness_, 4);
    load.start();
    load.run_for(50);
    harness_.files().set(harness_.zone(1), {.hang = true});
    load.run_for(50);
    load.stop();

    const auto start = std::chrono::steady_clock::now();
    harness_.close();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);
    harness_.fail_what_hangs();
    harness_.files().clear_all();
    ASSERT_TRUE(harness_.open());

    load.verify();
}

TEST_F(ZonedZonesTest, are_all_whole_after_an_orderly_stop_however_slow_one_is) {
    Load load(harness_, 4, 2000);
    for (int round = 0; round < 3; ++round) {
        load.start();
        load.run_for(40);
        load.stop();
        // What the stop finds at work comes back with an error, which says nothing about the zone.
        harness_.files().set(harness_.zone(2) + "/index/rows", {.delay = 40ms});
        harness_.close();
        harness_.files().clear_all();

        ASSERT_TRUE(harness_.open());
        EXPECT_EQ(harness_.zones().state(2), ZoneState::Ok) << harness_.zones().status()[2].reason;
    }
    load.verify();
}

TEST_F(ZonedZonesTest, read_on_when_the_zone_that_reads_come_from_hangs) {
    Load load(harness_, 4, 4000);
    load.start();
    load.run_for(1500);
    load.stop();
    harness_.close();
    harness_.options.block_cache_bytes = 64 * kKiB;
    ASSERT_TRUE(harness_.open());

    harness_.files().set(harness_.zone(0), {.hang = true});
    load.verify();
    harness_.files().clear_all();
    wait_for_all(harness_);
}

}  // namespace
}  // namespace antipode::index::testing
