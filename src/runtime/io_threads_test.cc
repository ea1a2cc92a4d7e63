#include "runtime/io_threads.h"

#include <atomic>
#include <numeric>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

class IoThreadsTest : public testing::Test {
  protected:
    ~IoThreadsTest() override { threads_.stop(); }

    template <typename T>
    T run(Task<T> task) {
        return run_to_end(threads_.executor(0), std::move(task));
    }

    std::unique_ptr<Listener> listen(const std::string& address = "127.0.0.1:0") {
        return threads_.network(0).listen(address, TlsFiles{}).value();
    }

    IoThreads threads_{2};
};

TEST_F(IoThreadsTest, runs_posted_work_in_order_on_one_thread) {
    std::vector<int> order;
    std::thread::id where;
    std::promise<void> done;

    for (int i = 0; i < 100; ++i) {
        threads_.executor(1).post([&order, i] { order.push_back(i); });
    }
    threads_.executor(1).post([&] {
        where = std::this_thread::get_id();
        done.set_value();
    });
    done.get_future().wait();

    std::vector<int> expected(100);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(order, expected);
    EXPECT_NE(where, std::this_thread::get_id());
}

Task<std::string> fire_three_timers() {
    Executor& executor = Executor::current();
    std::string fired;
    executor.post_after(20ms, [&] { fired.push_back('c'); });
    executor.post_after(1ms, [&] { fired.push_back('a'); });
    executor.post_after(10ms, [&] { fired.push_back('b'); });
    const auto cancelled = executor.post_after(5ms, [&] { fired.push_back('x'); });
    executor.cancel(cancelled);
    co_await sleep_for(30ms);
    co_return fired;
}

TEST_F(IoThreadsTest, fires_timers_by_time_and_not_the_cancelled) {
    EXPECT_EQ(run(fire_three_timers()), "abc");
}

Task<std::size_t> cross_threads(IoThreads& threads) {
    const std::thread::id first = std::this_thread::get_id();
    co_await resume_on(threads.executor(1));
    const std::thread::id second = std::this_thread::get_id();
    co_await resume_on(threads.executor(0));
    co_return (first != second ? 1U : 0U) + (first == std::this_thread::get_id() ? 1U : 0U);
}

TEST_F(IoThreadsTest, moves_coroutines_between_threads) {
    EXPECT_EQ(run(cross_threads(threads_)), 2U);
}

/// Sends back what comes until the other end stops.
Task<void> echo(std::unique_ptr<Stream> stream, std::string* last_error = nullptr) {
    co_await resume_on(stream->executor());
    Bytes buffer(64 * 1024);
    while (true) {
        const auto count = co_await stream->read_some(buffer);
        if (!count || *count == 0) {
            if (!count && last_error != nullptr) {
                *last_error = name_of(count.error().code);
            }
            co_return;
        }
        const ByteView data = ByteView(buffer).first(*count);
        std::vector<ByteView> pieces{data.first(*count / 2), data.subspan(*count / 2)};
        if (!co_await stream->write_all(std::move(pieces))) {
            co_return;
        }
    }
}

Task<void> echo_one(Listener* listener) {
    auto stream = co_await listener->accept();
    co_await echo(std::move(*stream));
}

Task<Result<std::string>> talk(Network& network, std::string address, std::string text) {
    CO_TRY(auto stream, co_await network.connect(address, false, 5s));
    std::vector<ByteView> pieces{as_bytes(text)};
    CO_TRY_VOID(co_await stream->write_all(std::move(pieces)));
    stream->shutdown_write();
    std::string all;
    Bytes buffer(1000);
    while (true) {
        CO_TRY(const std::size_t count, co_await stream->read_some(buffer));
        if (count == 0) {
            co_return all;
        }
        all += as_text(ByteView(buffer).first(count));
    }
}

TEST_F(IoThreadsTest, carries_bytes_both_ways_until_the_end_of_the_stream) {
    const auto listener = listen();
    TaskGroup group;
    group.spawn(threads_.executor(0), echo_one(listener.get()));

    const auto answer = run(talk(threads_.network(0), listener->local_address(), "hello"));
    run(group.join());

    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, "hello");
}

TEST_F(IoThreadsTest, connects_by_name) {
    const auto listener = listen("localhost:0");
    TaskGroup group;
    group.spawn(threads_.executor(0), echo_one(listener.get()));
    const std::string local = listener->local_address();

    const auto answer =
        run(talk(threads_.network(0), "localhost" + local.substr(local.rfind(':')), "named"));
    run(group.join());

    EXPECT_EQ(answer.value_or("failed"), "named");
}

TEST_F(IoThreadsTest, listens_on_ipv6) {
    const auto listener = listen("[::1]:0");
    TaskGroup group;
    group.spawn(threads_.executor(0), echo_one(listener.get()));

    const auto answer = run(talk(threads_.network(0), listener->local_address(), "six"));
    run(group.join());

    EXPECT_TRUE(listener->local_address().starts_with("[::1]:"));
    EXPECT_EQ(answer.value_or("failed"), "six");
}

Task<void> echo_n(
    Listener* listener, TaskGroup* group, int count, std::atomic<int>* on_first, Executor* first) {
    for (int i = 0; i < count; ++i) {
        auto stream = co_await listener->accept();
        *on_first += &(*stream)->executor() == first ? 1 : 0;
        Executor& executor = (*stream)->executor();
        group->spawn(executor, echo(std::move(*stream)));
    }
}

TEST_F(IoThreadsTest, spreads_connections_over_the_threads) {
    const auto listener = listen();
    TaskGroup group;
    std::atomic<int> on_first = 0;
    group.spawn(threads_.executor(0),
                echo_n(listener.get(), &group, 10, &on_first, &threads_.executor(0)));

    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(run(talk(threads_.network(0), listener->local_address(), "x")));
    }
    run(group.join());

    EXPECT_EQ(on_first, 5);
}

Task<Result<std::size_t>> pump(Network& network, std::string address, std::size_t size) {
    CO_TRY(auto stream, co_await network.connect(address, false, 5s));
    Bytes bytes(size, std::byte{7});
    TaskGroup group;
    std::size_t received = 0;

    struct Drain {
        static Task<void> run(Stream* from, std::size_t* count) {
            Bytes buffer(100000);
            while (true) {
                const auto got = co_await from->read_some(buffer);
                if (!got || *got == 0) {
                    co_return;
                }
                *count += *got;
            }
        }
    };

    group.spawn(Drain::run(stream.get(), &received));
    std::vector<ByteView> pieces{
        ByteView(bytes).first(size / 3), ByteView(), ByteView(bytes).subspan(size / 3)};
    CO_TRY_VOID(co_await stream->write_all(std::move(pieces)));
    stream->shutdown_write();
    co_await group.join();
    co_return received;
}

TEST_F(IoThreadsTest, moves_much_more_than_the_sockets_hold) {
    const auto listener = listen();
    TaskGroup group;
    group.spawn(threads_.executor(0), echo_one(listener.get()));

    const auto received = run(pump(threads_.network(0), listener->local_address(), 20'000'000));
    run(group.join());

    EXPECT_EQ(received.value_or(0), 20'000'000U);
}

Task<Result<void>> connect_only(Network& network, std::string address, Duration patience) {
    CO_TRY_VOID(co_await network.connect(std::move(address), false, patience));
    co_return Result<void>();
}

TEST_F(IoThreadsTest, says_unavailable_when_nobody_listens) {
    const std::string address = listen()->local_address();

    EXPECT_EQ(run(connect_only(threads_.network(0), address, 5s)).error().code,
              ErrorCode::Unavailable);
    EXPECT_EQ(run(connect_only(threads_.network(0), "no-port", 5s)).error().code,
              ErrorCode::InvalidArgument);
    EXPECT_EQ(run(connect_only(threads_.network(0), "127.0.0.1:x", 5s)).error().code,
              ErrorCode::InvalidArgument);
    EXPECT_FALSE(threads_.network(0).listen("::1:80", TlsFiles{}));
}

TEST_F(IoThreadsTest, refuses_a_port_that_is_taken) {
    const auto listener = listen();

    EXPECT_FALSE(threads_.network(0).listen(listener->local_address(), TlsFiles{}));
}

Task<Error> accept_error(Listener* listener) {
    const auto result = co_await listener->accept();
    co_return result.error();
}

Task<void> close_later(Listener* listener) {
    co_await sleep_for(1ms);
    listener->close();
}

TEST_F(IoThreadsTest, closing_a_listener_ends_the_pending_accept) {
    const auto listener = listen();
    TaskGroup group;
    group.spawn(threads_.executor(0), close_later(listener.get()));

    EXPECT_EQ(run(accept_error(listener.get())).code, ErrorCode::Closed);
    EXPECT_EQ(run(accept_error(listener.get())).code, ErrorCode::Closed);
    run(group.join());
}

enum class Ending : std::uint8_t { Close, Idle };

/// Connects and waits for bytes that never come.
Task<Error> read_in_vain(Network& network, std::string address, Ending ending) {
    auto stream = co_await network.connect(std::move(address), false, 5s);
    TaskGroup group;
    if (ending == Ending::Close) {
        struct Closer {
            static Task<void> run(Stream* victim) {
                co_await sleep_for(1ms);
                victim->close();
                victim->close();
            }
        };

        group.spawn(Closer::run(stream->get()));
    } else {
        (*stream)->set_idle_timeout(10ms);
    }
    Bytes buffer(10);
    const auto result = co_await (*stream)->read_some(buffer);
    co_await group.join();
    co_return result ? Error{} : result.error();
}

TEST_F(IoThreadsTest, closing_a_stream_ends_the_pending_read) {
    const auto listener = listen();

    const Error error =
        run(read_in_vain(threads_.network(0), listener->local_address(), Ending::Close));

    EXPECT_EQ(error.code, ErrorCode::Closed);
}

TEST_F(IoThreadsTest, an_idle_read_times_out) {
    const auto listener = listen();

    const Error error =
        run(read_in_vain(threads_.network(0), listener->local_address(), Ending::Idle));

    EXPECT_EQ(error.code, ErrorCode::Timeout);
}

Task<Error> write_in_vain(Network& network, std::string address) {
    auto stream = co_await network.connect(std::move(address), false, 5s);
    (*stream)->set_idle_timeout(10ms);
    Bytes bytes(50'000'000, std::byte{1});
    std::vector<ByteView> pieces{ByteView(bytes)};
    const auto result = co_await (*stream)->write_all(std::move(pieces));
    co_return result ? Error{} : result.error();
}

TEST_F(IoThreadsTest, a_write_that_nobody_reads_times_out) {
    const auto listener = listen();

    EXPECT_EQ(run(write_in_vain(threads_.network(0), listener->local_address())).code,
              ErrorCode::Timeout);
}

}  // namespace
}  // namespace antipode::runtime
