#include "runtime/detail/idle_wheel.h"

#include <gtest/gtest.h>

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

class Connection final : public IdleWheel::Entry {
  public:
    bool waiting = true;
    int timeouts = 0;

  private:
    void timed_out() override { ++timeouts; }

    [[nodiscard]] bool is_waiting() const override { return waiting; }
};

TEST(IdleWheel, tells_an_entry_within_two_ticks_after_its_limit) {
    IdleWheel wheel;
    Connection connection;
    wheel.watch(connection, 1s);

    wheel.advance(1s);
    EXPECT_EQ(connection.timeouts, 0);
    wheel.advance(1s + 2 * IdleWheel::kTick);
    EXPECT_EQ(connection.timeouts, 1);
}

TEST(IdleWheel, spares_an_entry_that_moved) {
    IdleWheel wheel;
    Connection connection;
    wheel.watch(connection, 1s);

    for (auto time = 500ms; time < 10s; time += 500ms) {
        wheel.advance(time);
        wheel.moved(connection);
    }

    EXPECT_EQ(connection.timeouts, 0);
}

TEST(IdleWheel, spares_an_entry_that_waits_for_nothing) {
    IdleWheel wheel;
    Connection connection;
    connection.waiting = false;
    wheel.watch(connection, 1s);

    wheel.advance(1min);

    EXPECT_EQ(connection.timeouts, 0);
}

TEST(IdleWheel, takes_limits_beyond_its_horizon) {
    IdleWheel wheel;
    Connection connection;
    wheel.watch(connection, 10min);

    wheel.advance(10min);
    EXPECT_EQ(connection.timeouts, 0);
    wheel.advance(10min + 2 * IdleWheel::kTick);
    EXPECT_EQ(connection.timeouts, 1);
}

TEST(IdleWheel, forgets_an_entry_that_goes_away) {
    IdleWheel wheel;
    {
        Connection connection;
        wheel.watch(connection, 1s);
    }

    wheel.advance(5s);
}

TEST(IdleWheel, a_zero_limit_ends_the_watching) {
    IdleWheel wheel;
    Connection connection;
    wheel.watch(connection, 1s);
    wheel.watch(connection, 0s);

    wheel.advance(5s);

    EXPECT_EQ(connection.timeouts, 0);
}

}  // namespace
}  // namespace antipode::runtime
