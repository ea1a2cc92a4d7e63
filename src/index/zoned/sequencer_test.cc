#include "index/zoned/sequencer.h"

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace antipode::index {
namespace {

using Kind = Sequencer::Attempt::Kind;

const PartitionId kPartition("bucket");

/// Two zones without threads: what they do is said here.
class SequencerTest : public ::testing::Test {
  protected:
    SequencerTest() {
        for (std::size_t zone = 0; zone < 2; ++zone) {
            EXPECT_TRUE(sequencer_->attach(zone, 0, &incarnations_.at(zone)));
            sequencer_->count(zone);
        }
        sequencer_->load(kPartition, {});
        fence_ = sequencer_->acquire(kPartition).number;
        write_and_apply(1);
    }

    void write_and_apply(Lsn last) {
        for (std::size_t zone = 0; zone < 2; ++zone) {
            sequencer_->written(zone, incarnations_.at(zone), last);
        }
        for (std::size_t zone = 0; zone < 2; ++zone) {
            sequencer_->applied(zone, incarnations_.at(zone), last);
        }
    }

    Sequencer::Attempt write(const std::string& key,
                             std::vector<Guard> guards = {},
                             const Sequencer::BaseRows& base = {}) {
        Commit change{.fence = fence_, .guards = std::move(guards), .writes = {}};
        change.writes.push_back({.key = key, .value = "value"});
        return sequencer_->commit(kPartition, change, base);
    }

    std::shared_ptr<Sequencer> sequencer_ = std::make_shared<Sequencer>(
        SequencerOptions{.queue_bytes_max = 8}, Applied{}, std::uint64_t{1});
    std::array<std::uint64_t, 2> incarnations_{};
    std::uint64_t fence_ = 0;
};

TEST_F(SequencerTest, lets_commits_wait_while_the_queue_is_full) {
    EXPECT_EQ(write("a").kind, Kind::Sequenced);

    const auto second = write("b");

    ASSERT_EQ(second.kind, Kind::NoRoom);
    EXPECT_FALSE(second.room->is_set());
    write_and_apply(2);
    EXPECT_TRUE(second.room->is_set());
    EXPECT_EQ(write("b").kind, Kind::Sequenced);
}

// What it has read it holds pinned, and what is pinned stays in the queue: it would wait for
// itself, and all others for it.
TEST_F(SequencerTest, does_not_let_a_commit_wait_for_room_that_its_own_pin_takes) {
    std::vector<Guard> guards;
    guards.push_back({.key = "guarded", .expected = std::nullopt});
    Sequencer::BaseRows base;
    {
        auto asking = write("guarded", guards);
        ASSERT_EQ(asking.kind, Kind::NeedsRows);
        base.pins.push_back(std::move(asking.pin));
        base.rows.emplace("guarded", std::nullopt);
    }
    EXPECT_EQ(write("other").kind, Kind::Sequenced);
    write_and_apply(2);
    const auto waiting = write("another");
    ASSERT_EQ(waiting.kind, Kind::NoRoom) << "the pin keeps the record";

    EXPECT_EQ(write("guarded", guards, base).kind, Kind::Sequenced);

    base.pins.clear();
    write_and_apply(3);
    EXPECT_TRUE(waiting.room->is_set());
}

TEST_F(SequencerTest, refuses_a_commit_that_was_let_in_when_zones_went_meanwhile) {
    std::vector<Guard> guards;
    guards.push_back({.key = "guarded", .expected = std::nullopt});
    auto asking = write("guarded", guards);
    ASSERT_EQ(asking.kind, Kind::NeedsRows);
    Sequencer::BaseRows base;
    base.pins.push_back(std::move(asking.pin));
    base.rows.emplace("guarded", std::nullopt);

    sequencer_->detach(1);
    const auto refused = write("guarded", guards, base);

    EXPECT_EQ(refused.kind, Kind::Refused);
    EXPECT_EQ(refused.refusal.code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace antipode::index
