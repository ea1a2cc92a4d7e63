#include "runtime/sim_host.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

class SimHostTest : public testing::Test {
  protected:
    /// Connects from `a` to `b`, sends `text`, and keeps what `b` had read until the end.
    void exchange(const std::string& text) {
        start(a_.executor(0), send(text), [] {});
        start(b_.executor(0), receive(), [] {});
        executor_.run(1h);
    }

    Task<void> send(std::string text) {
        auto stream = co_await a_.network(0).connect("b:80", false, 1s);
        connected_ = stream.has_value();
        if (stream) {
            std::vector<ByteView> pieces(1, as_bytes(text));
            sent_ = (co_await (*stream)->write_all(std::move(pieces))).has_value();
            (*stream)->shutdown_write();
            std::array<std::byte, 1> end{};
            ended_ = co_await (*stream)->read_some(end);
        }
    }

    Task<void> receive() {
        auto stream = co_await listener_->accept();
        if (!stream) {
            co_return;
        }
        std::array<std::byte, 100> part{};
        while (true) {
            const auto got = co_await (*stream)->read_some(part);
            if (!got || *got == 0) {
                received_at_ = executor_.now();
                co_return;
            }
            received_ += as_text(ByteView(part).first(*got));
        }
    }

    SimExecutor executor_{1};
    SimNetwork network_{executor_};
    SimHost a_{"a", executor_, network_};
    SimHost b_{"b", executor_, network_};
    std::unique_ptr<Listener> listener_ = b_.network(0).listen("b:80", {}).value();
    bool connected_ = false;
    bool sent_ = false;
    Result<std::size_t> ended_ = std::size_t{9};
    std::string received_;
    Instant received_at_{};
};

TEST_F(SimHostTest, carries_bytes_with_the_delay_of_the_line) {
    network_.set_line("a", "b", {.delay = 100ms});
    network_.set_line("b", "a", {.delay = 50ms});

    exchange(std::string(1000, 'x'));

    EXPECT_EQ(received_, std::string(1000, 'x'));
    EXPECT_EQ(received_at_.time_since_epoch(), 250ms);  // There and back to connect, and there.
    EXPECT_EQ(ended_, 0U);
}

TEST_F(SimHostTest, holds_what_is_under_way_while_the_line_is_cut) {
    network_.set_line("a", "b", {.delay = 100ms});
    executor_.post_after(150ms,
                         [this] { network_.set_line("a", "b", {.delay = 100ms, .is_cut = true}); });
    executor_.post_after(10s, [this] { network_.set_line("a", "b", {.delay = 100ms}); });

    exchange("hello");

    EXPECT_EQ(received_, "hello");
    EXPECT_EQ(received_at_.time_since_epoch(), 10s);
}

TEST_F(SimHostTest, does_not_connect_over_a_cut_line_or_to_nobody) {
    network_.set_line("b", "a", {.is_cut = true});
    exchange("hello");
    EXPECT_FALSE(connected_);

    network_.set_line("b", "a", {});
    listener_.reset();
    start(a_.executor(0), send("hello"), [] {});
    executor_.run(1h);
    EXPECT_FALSE(connected_);
}

TEST_F(SimHostTest, breaks_the_streams_of_a_host_that_is_reset) {
    network_.set_line("a", "b", {.delay = 100ms});
    executor_.post_after(150ms, [this] { network_.reset_host("b"); });

    exchange("hello");

    EXPECT_EQ(received_, "");
    ASSERT_FALSE(ended_);
    EXPECT_EQ(ended_.error().code, ErrorCode::Closed);
}

TEST_F(SimHostTest, gives_each_host_its_own_civil_time) {
    const WallTime before = b_.executor(0).wall_now();
    a_.jump_wall_clock(10min);

    EXPECT_EQ(a_.executor(0).wall_now() - before, 10min);
    EXPECT_EQ(b_.executor(0).wall_now(), before);
}

}  // namespace
}  // namespace antipode::runtime
