#include "runtime/sim_threads.h"

#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/clock.h"
#include "runtime/disk_condition.h"
#include "runtime/disk_threads.h"
#include "runtime/run_to_end.h"
#include "runtime/sleep.h"
#include "runtime/thread_pool.h"

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

/// Threads that hand a number around and note who had it when.
struct Crowd {
    std::mutex mutex;
    DiskCondition changed;
    std::vector<std::string> seen;
    int turn = 0;
};

void take_turns(Crowd& crowd, int number) {
    for (int round = 0; round < 5; ++round) {
        block_this_thread(std::chrono::milliseconds(Executor::current().random() % 10));
        std::unique_lock lock(crowd.mutex);
        crowd.changed.wait_for(lock, 3ms, [&] { return crowd.turn % 3 == number; });
        ++crowd.turn;
        crowd.seen.push_back(std::to_string(number) + " at " +
                             std::to_string(steady_now().time_since_epoch().count()));
        crowd.changed.notify_one();
    }
}

std::pair<std::uint64_t, std::vector<std::string>> run_crowd(std::uint64_t seed) {
    SimExecutor time(seed);
    SimThreads threads(time);
    Crowd crowd;
    for (int number = 0; number < 3; ++number) {
        threads.spawn("turns", [&crowd, number] { take_turns(crowd, number); });
    }
    time.run();
    EXPECT_EQ(threads.running(), 0U);
    return {time.trace_hash(), crowd.seen};
}

TEST(SimThreads, do_the_same_for_the_same_seed) {
    const auto first = run_crowd(1);
    const auto again = run_crowd(1);
    const auto other = run_crowd(2);

    EXPECT_EQ(first.second.size(), 15U);
    EXPECT_EQ(first, again);
    EXPECT_NE(first.second, other.second);
    EXPECT_NE(first.first, other.first);
}

TEST(SimThreads, block_in_simulated_time) {
    SimExecutor time(1);
    SimThreads threads(time);

    const Duration took = run_to_end(time, threads.run("sleeps", [] {
        const Instant start = steady_now();
        block_this_thread(20min);
        return steady_now() - start;
    }));

    EXPECT_EQ(took, 20min);
}

TEST(SimThreads, are_those_of_disks) {
    SimExecutor time(1);
    SimThreads threads(time);
    DiskThreads disk("disk", 2, 10);

    const auto answer = run_to_end(time, disk.run([]() -> Result<int> {
        block_this_thread(1s);
        return 7;
    }));

    EXPECT_EQ(answer.value(), 7);
    EXPECT_EQ(time.now().time_since_epoch(), 1s);
    EXPECT_FALSE(disk.stop(1min)) << "the executor does not wait";
    time.run();
    EXPECT_TRUE(disk.stop(1min));
    EXPECT_EQ(threads.running(), 0U);
}

TEST(SimThreads, wait_for_each_other_to_stop) {
    SimExecutor time(1);
    SimThreads threads(time);

    const bool has_stopped = run_to_end(time, threads.run("stops", [] {
        DiskThreads disk("disk", 1, 10);
        disk.post([] { block_this_thread(5s); });
        block_this_thread(1s);
        return !disk.stop(1s) && disk.stop(10s);
    }));

    EXPECT_TRUE(has_stopped);
    EXPECT_EQ(time.now().time_since_epoch(), 5s);
}

TEST(SimThreads, hold_a_disk_mutex_while_they_block) {
    SimExecutor time(3);
    SimThreads threads(time);
    DiskMutex mutex;
    int inside = 0;
    int most = 0;
    for (int number = 0; number < 4; ++number) {
        threads.spawn("locks", [&] {
            const std::scoped_lock lock(mutex);
            most = std::max(most, ++inside);
            block_this_thread(1s);
            --inside;
        });
    }

    time.run();

    EXPECT_EQ(most, 1);
    EXPECT_EQ(time.now().time_since_epoch(), 4s);
}

TEST(SimThreads, hand_over_values_in_time_or_not) {
    SimExecutor time(3);
    SimThreads threads(time);
    const auto value = std::make_shared<Handover<int>>();
    threads.spawn("late", [value] {
        block_this_thread(2s);
        value->set(5);
    });

    const int sum = run_to_end(time, threads.run("waits", [value] {
        EXPECT_FALSE(value->wait_for(1s));
        EXPECT_TRUE(value->wait_for(2s));
        return value->take();
    }));

    EXPECT_EQ(sum, 5);
    EXPECT_EQ(time.now().time_since_epoch(), 2s);
}

TEST(SimThreads, are_not_there_without_a_simulation) {
    EXPECT_EQ(SimThreads::ambient(), nullptr);
    {
        SimExecutor time(1);
        const SimThreads threads(time);
        EXPECT_EQ(SimThreads::ambient(), &threads);
        EXPECT_FALSE(SimThreads::is_here());
    }
    EXPECT_EQ(SimThreads::ambient(), nullptr);
}

}  // namespace
}  // namespace antipode::runtime
