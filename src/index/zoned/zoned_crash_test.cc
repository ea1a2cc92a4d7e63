// What a crash at any moment leaves: every acknowledged commit, no half of any, and the same in all
// zones.

#include <array>
#include <filesystem>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "index/zoned/load.h"
#include "index/zoned/zone_log.h"
#include "index/zoned/zoned_harness.h"

namespace antipode::index::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Task<void> try_put(IndexStore* store, std::uint64_t fence, std::string value, bool* has_ended) {
    Commit change{.fence = fence, .guards = {}, .writes = {}};
    change.writes.push_back({.key = "k", .value = std::move(value)});
    const auto result = co_await store->commit(PartitionId("p"), std::move(change));
    EXPECT_FALSE(result);
    *has_ended = true;
}

class ZonedCrashTest : public ::testing::Test {
  protected:
    void track(bool is_on) {
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (is_on) {
                harness_.files().set(harness_.zone(zone), {.track_unsynced = true});
            } else {
                harness_.files().clear(harness_.zone(zone));
            }
        }
    }

    /// A power cut: what was not synced is gone, or there in part.
    void cut_power(std::optional<std::uint64_t> survivors_seed) {
        harness_.crash();
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            ASSERT_TRUE(
                harness_.files().crash(harness_.zone(zone), {.survivors_seed = survivors_seed}));
        }
    }

    void open() {
        const Result<void> opened = harness_.open();
        ASSERT_TRUE(opened) << opened.error().message;
    }

    void put_away(std::size_t zone) {
        ASSERT_TRUE(harness_.disk().rename(harness_.zone(zone), harness_.zone(zone) + ".away"));
    }

    void bring_back(std::size_t zone) {
        ASSERT_TRUE(harness_.disk().rename(harness_.zone(zone) + ".away", harness_.zone(zone)));
    }

    /// The value of row "k" of partition "p".
    std::string row() {
        std::vector<std::string> keys{"k"};
        const auto read = harness_.await(harness_.store().get(PartitionId("p"), keys));
        return read ? read->at(0).value_or("(absent)") : read.error().message;
    }

    Result<std::uint64_t> put(const std::string& value) {
        const std::uint64_t fence =
            harness_.await(harness_.store().acquire(PartitionId("p"))).value();
        Commit change{.fence = fence, .guards = {}, .writes = {}};
        change.writes.push_back({.key = "k", .value = value});
        return harness_.await(harness_.store().commit(PartitionId("p"), std::move(change)));
    }

    /// Turns one bit in a record of a zone's log; `share` (0..1) says where in the part that is in
    /// use.
    void flip_bit_in_log(std::size_t zone, double share = 0.5) {
        ZoneLog log(
            harness_.disk(), harness_.zone(zone) + "/index/log", harness_.options.segment_bytes);
        ASSERT_TRUE(log.open());
        LogReader reader(log, 0, 1, 0);
        std::vector<std::uint64_t> starts;
        while (const auto record = reader.next().value()) {
            starts.push_back(record->position);
        }
        ASSERT_GT(starts.size(), 10U);
        const auto chosen = static_cast<std::size_t>(static_cast<double>(starts.size()) * share);
        const std::uint64_t position = starts.at(chosen) + kRecordHeaderBytes + 3;
        const std::string path = fmt::format("{}/index/log/{:016}.log",
                                             harness_.zone(zone),
                                             position / harness_.options.segment_bytes);
        const auto file = harness_.disk().open(path, {}).value();
        std::array<std::byte, 1> one{};
        ASSERT_TRUE(file->read_at(position % harness_.options.segment_bytes, one));
        one[0] ^= std::byte{4};
        ASSERT_TRUE(file->write_at(position % harness_.options.segment_bytes, one));
    }

    /// Until the three zones have all that was written: a record that is written while a later zone
    /// is waited for would be missing in an earlier.
    void wait_until_all_have_all() {
        const auto has_all = [this](std::size_t zone) {
            const auto progress = harness_.zoned().progress(zone);
            return progress.durable_position == progress.tail;
        };
        while (!has_all(0) || !has_all(1) || !has_all(2)) {
            std::this_thread::yield();
        }
    }

    ZonedHarness harness_;
};

TEST_F(ZonedCrashTest, loses_nothing_when_the_process_is_killed_again_and_again) {
    Load load(harness_, 8);
    for (int round = 0; round < 8; ++round) {
        load.start();
        load.run_for(40);
        harness_.zoned().abandon();
        load.stop();
        harness_.crash();
        open();
        load.verify();
    }
}

TEST_F(ZonedCrashTest, loses_nothing_when_the_power_is_cut) {
    harness_.close();
    track(true);
    open();
    Load load(harness_, 8);
    for (std::uint64_t round = 0; round < 6; ++round) {
        load.start();
        load.run_for(30);
        harness_.zoned().abandon();
        load.stop();
        cut_power(round % 2 == 0 ? std::nullopt : std::optional(round));
        open();
        load.verify();
    }
}

TEST_F(ZonedCrashTest, gives_everything_back_from_any_two_zones) {
    Load load(harness_, 8);
    for (std::size_t away = 0; away < zone::kZones; ++away) {
        load.start();
        load.run_for(100);
        harness_.zoned().abandon();
        load.stop();
        harness_.crash();
        put_away(away);
        open();
        load.verify();
        // It stays behind while the others go on, and comes back as the stale one.
        load.start();
        load.run_for(100);
        harness_.zoned().abandon();
        load.stop();
        harness_.crash();
        bring_back(away);
        open();
        wait_for_all(harness_);
        load.verify();
    }
}

TEST_F(ZonedCrashTest, never_makes_a_zone_that_stayed_behind_the_authority) {
    ASSERT_TRUE(put("old"));
    harness_.close();
    put_away(2);
    open();
    ASSERT_TRUE(put("new"));
    harness_.close();
    bring_back(2);
    put_away(0);

    const Result<void> opened = harness_.open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message, HasSubstr("two complete zones"));
    bring_back(0);
    open();
    EXPECT_EQ(row(), "new");
    wait_for_all(harness_);
    harness_.close();
    put_away(0);
    open();
    EXPECT_EQ(row(), "new");
}

/// A run may end before a slow zone has written even the record with which that run began.
TEST_F(ZonedCrashTest, takes_a_zone_that_was_there_when_a_short_run_began_for_whole) {
    ASSERT_TRUE(put("before"));
    harness_.close();
    const std::string index = harness_.zone(2) + "/index";
    const std::string kept = harness_.zone(2) + ".kept";
    std::filesystem::copy(index, kept, std::filesystem::copy_options::recursive);
    open();
    ASSERT_TRUE(put("during"));
    harness_.close();
    std::filesystem::copy_file(
        index + "/meta", kept + "/meta", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove_all(index);
    std::filesystem::rename(kept, index);

    open();

    EXPECT_EQ(harness_.zones().state(2), zone::ZoneState::Ok)
        << harness_.zones().status()[2].reason;
    put_away(0);
    EXPECT_EQ(row(), "during");
}

TEST_F(ZonedCrashTest, makes_up_its_mind_about_a_record_that_only_one_zone_has) {
    for (std::size_t only = 0; only < zone::kZones; ++only) {
        ASSERT_TRUE(put("before"));
        const std::uint64_t fence =
            harness_.await(harness_.store().acquire(PartitionId("p"))).value();
        const Lsn before = harness_.zoned().progress(0).committed;
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (zone != only) {
                harness_.files().set(harness_.zone(zone), {.hang = true});
            }
        }
        bool has_ended = false;
        runtime::TaskGroup group;
        group.spawn(harness_.executor(),
                    try_put(&harness_.store(), fence, "one zone only", &has_ended));
        while (harness_.zoned().progress(only).durable <= before) {
            std::this_thread::yield();
        }
        EXPECT_EQ(row(), "before");
        harness_.zoned().abandon();
        harness_.await(group.join());
        EXPECT_TRUE(has_ended);
        harness_.fail_what_hangs();
        harness_.crash();
        harness_.files().clear_all();

        // Without the one that has it, it has never been; and it stays so when that one is there
        // again.
        put_away(only);
        open();
        EXPECT_EQ(row(), "before");
        ASSERT_TRUE(put("after"));
        harness_.close();
        bring_back(only);
        open();
        EXPECT_EQ(row(), "after");
        wait_for_all(harness_);
        harness_.close();
        put_away((only + 1) % zone::kZones);
        open();
        EXPECT_EQ(row(), "after");
        harness_.close();
        bring_back((only + 1) % zone::kZones);
        open();
        wait_for_all(harness_);
    }
}

TEST_F(ZonedCrashTest, repairs_a_log_with_a_wrong_bit_from_the_others) {
    Load load(harness_, 4);
    load.start();
    load.run_for(100);
    harness_.zoned().abandon();
    load.stop();
    harness_.crash();
    flip_bit_in_log(1);

    open();
    load.verify();
    wait_for_all(harness_);
    harness_.crash();
    put_away(0);
    open();
    load.verify();
}

/// The parameter is a seed: which zone stays whole, and where the two others are damaged. Others
/// come with --gtest_shuffle --gtest_random_seed=N.
class ZonedDamageTest : public ZonedCrashTest,
                        public ::testing::WithParamInterface<std::uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Seeds, ZonedDamageTest, ::testing::Range<std::uint64_t>(0, 6));

TEST_P(ZonedDamageTest,
       refuses_to_start_without_acknowledged_rows_until_the_zone_with_them_is_back) {
    const auto more = static_cast<std::uint64_t>(::testing::UnitTest::GetInstance()->random_seed());
    std::mt19937_64 random(GetParam() + (1000 * more));
    std::uniform_real_distribution<double> share(0.1, 0.8);
    const std::size_t whole = GetParam() % zone::kZones;
    const std::size_t one = (whole + 1) % zone::kZones;
    const std::size_t other = (whole + 2) % zone::kZones;
    Load load(harness_, 4);
    load.start();
    load.run_for(100);
    load.stop();
    wait_until_all_have_all();
    harness_.crash();
    put_away(whole);
    flip_bit_in_log(one, share(random));
    flip_bit_in_log(other, share(random));

    EXPECT_FALSE(harness_.open());
    EXPECT_FALSE(harness_.open());  // Asking again does not make it true.
    bring_back(whole);
    open();
    load.verify();
    wait_for_all(harness_);
    // Both others have been repaired from it.
    harness_.crash();
    put_away(whole);
    open();
    load.verify();
}

TEST_F(ZonedCrashTest, starts_when_one_zone_hangs) {
    ASSERT_TRUE(put("v"));
    harness_.close();
    harness_.notice_slow_zones();
    harness_.files().set(harness_.zone(1) + "/index", {.hang = true});

    open();

    EXPECT_EQ(row(), "v");
    ASSERT_TRUE(put("w"));
    harness_.files().clear_all();
    wait_for_all(harness_);
}

TEST_F(ZonedCrashTest, keeps_the_log_short_however_much_is_written) {
    Load load(harness_, 8, 4000);
    load.start();
    load.run_for(6000);
    load.stop();

    for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
        const std::size_t segments =
            harness_.disk().list(harness_.zone(zone) + "/index/log").value().size();
        EXPECT_LT(segments * harness_.options.segment_bytes, 4 * harness_.options.flush_log_bytes);
    }
    harness_.reopen();
    load.verify();
}

}  // namespace
}  // namespace antipode::index::testing
