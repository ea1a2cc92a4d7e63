#include "runtime/sim_executor.h"

#include <string>

#include <gtest/gtest.h>

#include "runtime/deadline.h"
#include "runtime/one_shot.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

Task<void> append_after(std::string* log, char mark, Duration delay, int times) {
    for (int i = 0; i < times; ++i) {
        co_await sleep_for(delay);
        log->push_back(mark);
    }
}

struct Trace {
    std::string log;
    std::uint64_t hash = 0;
};

Trace run_three(std::uint64_t seed) {
    Trace trace;
    SimExecutor executor(seed);
    TaskGroup group;
    group.spawn(executor, append_after(&trace.log, 'a', 1ms, 20));
    group.spawn(executor, append_after(&trace.log, 'b', 1ms, 20));
    group.spawn(executor, append_after(&trace.log, 'c', 1ms, 20));
    executor.run();
    trace.hash = executor.trace_hash();
    return trace;
}

TEST(SimExecutor, gives_one_trace_for_one_seed) {
    const Trace first = run_three(7);
    const Trace second = run_three(7);

    EXPECT_EQ(first.log, second.log);
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.log.size(), 60U);
}

TEST(SimExecutor, gives_other_traces_for_other_seeds) {
    EXPECT_NE(run_three(7).hash, run_three(8).hash);
}

Task<void> wait_into(OneShot<Result<int>> shot, Result<int>* out) {
    *out = co_await wait_for(shot, 10ms);
}

TEST(WaitFor, times_out_when_nothing_comes) {
    SimExecutor executor(1);
    Result<int> result = 0;
    const OneShot<Result<int>> shot;
    start(executor, wait_into(shot, &result), [] {});

    executor.run();

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Timeout);
    EXPECT_FALSE(shot.set(5)) << "a late answer is ignored";
}

TEST(WaitFor, gives_the_value_that_comes_in_time) {
    SimExecutor executor(1);
    Result<int> result = 0;
    const OneShot<Result<int>> shot;
    start(executor, wait_into(shot, &result), [] {});
    executor.post_after(9ms, [shot] { shot.set(5); });

    executor.run();

    EXPECT_EQ(result.value(), 5);
}

Task<int> throws() {
    throw std::runtime_error("library");
    co_return 1;
}

Task<void> catches(bool* caught) {
    try {
        co_await throws();
    } catch (const std::runtime_error&) {
        *caught = true;
    }
}

TEST(Task, carries_an_exception_to_whoever_awaits) {
    SimExecutor executor(1);
    bool caught = false;
    start(executor, catches(&caught), [] {});

    executor.run();

    EXPECT_TRUE(caught);
}

}  // namespace
}  // namespace antipode::runtime
