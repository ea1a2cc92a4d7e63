#include "tests/line/direction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace antipode::line {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class DirectionTest : public testing::Test {
  protected:
    void set(const Conditions& conditions) { line_.set(conditions, now_); }

    void send(int name, std::size_t size = 1250) {
        std::vector<std::byte> packet(size, static_cast<std::byte>(name));
        line_.offer(packet, now_);
    }

    std::vector<int> arrived() {
        std::vector<int> names;
        line_.deliver(now_, [&names](std::span<const std::byte> packet) {
            names.push_back(std::to_integer<int>(packet.front()));
        });
        return names;
    }

    Instant now_ = Instant() + 1h;
    Direction line_{1};
};

// 1250 bytes are 10 ms at 1 Mbit/s.
constexpr Conditions kPlain{.delay = 100ms, .loss = 0, .bits_per_second = 1e6, .queue = 50ms};

TEST_F(DirectionTest, delivers_when_the_delay_has_passed_and_not_before) {
    set(kPlain);
    send(1);

    now_ += 109ms;
    EXPECT_THAT(arrived(), IsEmpty());
    EXPECT_EQ(line_.next_due(), now_ + 1ms);
    now_ += 1ms;
    EXPECT_THAT(arrived(), ElementsAre(1));
    EXPECT_EQ(line_.next_due(), std::nullopt);
}

TEST_F(DirectionTest, sends_no_faster_than_its_rate_and_drops_at_the_tail) {
    set(kPlain);
    for (int name = 1; name <= 8; ++name) {
        send(name);
    }

    now_ += 120ms;
    EXPECT_THAT(arrived(), ElementsAre(1, 2));
    now_ += 1s;
    EXPECT_THAT(arrived(), ElementsAre(3, 4, 5, 6));
    EXPECT_EQ(line_.counts().dropped, 2U);
}

TEST_F(DirectionTest, loses_the_share_it_was_told) {
    set({.delay = 0ms, .loss = 0.1, .bits_per_second = 1e12, .queue = 1s});
    for (int i = 0; i < 100'000; ++i) {
        send(1, 100);
        static_cast<void>(arrived());
    }

    EXPECT_NEAR(static_cast<double>(line_.counts().lost), 10'000, 500);
}

TEST_F(DirectionTest, lets_arrive_what_was_under_way_when_it_was_cut) {
    set(kPlain);
    send(1);
    Conditions cut = kPlain;
    cut.is_cut = true;
    set(cut);
    send(2);

    now_ += 1s;
    EXPECT_THAT(arrived(), ElementsAre(1));
    set(kPlain);
    send(3);
    now_ += 1s;
    EXPECT_THAT(arrived(), ElementsAre(3));
    EXPECT_EQ(line_.counts().cut, 1U);
}

TEST_F(DirectionTest, holds_packets_where_they_are_while_it_stalls) {
    set(kPlain);
    send(1);
    now_ += 60ms;
    Conditions stalled = kPlain;
    stalled.is_stalled = true;
    set(stalled);
    send(2);

    now_ += 5s;
    EXPECT_THAT(arrived(), IsEmpty());
    EXPECT_EQ(line_.next_due(), std::nullopt);
    set(kPlain);
    now_ += 49ms;
    EXPECT_THAT(arrived(), IsEmpty());
    now_ += 1ms;
    EXPECT_THAT(arrived(), ElementsAre(1));
    now_ += 60ms;
    EXPECT_THAT(arrived(), ElementsAre(2));
}

}  // namespace
}  // namespace antipode::line
