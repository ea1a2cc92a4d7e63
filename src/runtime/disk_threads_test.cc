#include "runtime/disk_threads.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

TEST(DiskThreads, run_what_is_posted) {
    DiskThreads threads("test", 2, 10);
    auto done = std::make_shared<std::promise<int>>();

    EXPECT_TRUE(threads.post([done] { done->set_value(7); }));

    EXPECT_EQ(done->get_future().get(), 7);
    EXPECT_TRUE(threads.stop(10s));
}

TEST(DiskThreads, refuse_work_beyond_the_queue_and_leave_a_hanging_call_behind) {
    auto release = std::make_shared<std::promise<void>>();
    auto started = std::make_shared<std::promise<void>>();
    auto ended = std::make_shared<std::promise<void>>();
    {
        DiskThreads threads("test", 1, 1);
        EXPECT_TRUE(threads.post([release, started, ended] {
            started->set_value();
            release->get_future().wait();
            ended->set_value();
        }));
        started->get_future().wait();
        EXPECT_TRUE(threads.post([] { FAIL() << "must be dropped"; }));

        EXPECT_FALSE(threads.post([] {}));
        EXPECT_EQ(threads.queued(), 1U);
        EXPECT_FALSE(threads.stop(1ms));
        EXPECT_FALSE(threads.post([] {}));
    }
    release->set_value();
    ended->get_future().wait();
}

}  // namespace
}  // namespace antipode::runtime
