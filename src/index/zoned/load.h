#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/record.h"
#include "index/zoned/zoned_harness.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"
#include "runtime/thread_pool.h"

namespace antipode::index::testing {

/// Writers that each count up a pair of rows under guards, and know what was acknowledged. What is
/// there afterwards must be at least that, whole, and nothing that was never asked for.
class Load {
  public:
    Load(ZonedHarness& harness, std::size_t writers, std::size_t padding = 100)
        : harness_(harness), state_(std::make_shared<State>()), padding_(padding) {
        state_->counters.resize(writers);
    }

    ~Load() { stop(); }

    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void start() {
        state_->is_stopping = false;
        const Result<std::uint64_t> fence = harness_.await(harness_.store().acquire(kPartition));
        ASSERT_TRUE(fence) << fence.error().message;
        for (std::size_t writer = 0; writer < state_->counters.size(); ++writer) {
            group_.spawn(harness_.executor(writer % 2),
                         write(state_, &harness_, writer, *fence, padding_));
        }
    }

    void stop() {
        state_->is_stopping = true;
        harness_.await(group_.join());
    }

    /// Waits until so many more commits are acknowledged.
    void run_for(std::uint64_t commits) {
        const std::uint64_t until = acknowledged() + commits;
        for (int i = 0; i < 60'000 && acknowledged() < until; ++i) {
            runtime::block_this_thread(std::chrono::milliseconds(1));
        }
        ASSERT_GE(acknowledged(), until) << "the writers stand still";
    }

    [[nodiscard]] std::uint64_t acknowledged() const { return state_->acknowledged.load(); }

    [[nodiscard]] std::uint64_t failed() const { return state_->failed.load(); }

    /// What the first writer that failed was told, and how the zones were then.
    [[nodiscard]] std::string first_failure() const {
        const std::scoped_lock lock(state_->mutex);
        return state_->first_failure;
    }

    /// The longest time that any commit took since the last call.
    std::chrono::milliseconds longest() {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            runtime::Duration(state_->longest.exchange(0)));
    }

    /// Compares with what the store has now.
    void verify() {
        std::map<std::string, std::string> rows;
        ScanRange range;
        ScanPage page;
        do {
            Result<ScanPage> result = harness_.await(harness_.store().scan(kPartition, range));
            ASSERT_TRUE(result) << result.error().message;
            page = std::move(*result);
            for (Row& row : page.rows) {
                range.after = row.key;
                rows.emplace(std::move(row.key), std::move(row.value));
            }
        } while (page.is_truncated);
        std::uint64_t total = 0;
        for (std::size_t writer = 0; writer < state_->counters.size(); ++writer) {
            const Counter& counter = state_->counters[writer];
            const std::uint64_t left = number_of(rows, key(writer, "left"));
            EXPECT_EQ(left, number_of(rows, key(writer, "right")))
                << "half a commit of writer " << writer;
            EXPECT_GE(left, counter.acknowledged)
                << "writer " << writer << " has lost an acknowledged commit";
            EXPECT_LE(left, counter.asked);
            total += left;
        }
        // Each successful commit stamped one row with its revision, without a gap.
        const std::uint64_t revision =
            harness_.await(harness_.store().revision(kPartition)).value();
        std::uint64_t stamped = 0;
        for (auto row = rows.lower_bound("log/");
             row != rows.end() && row->first.starts_with("log/");
             ++row) {
            ++stamped;
            EXPECT_EQ(from_big_endian(std::string_view(row->first).substr(4)), stamped);
        }
        EXPECT_EQ(stamped, revision);
        EXPECT_EQ(total, revision);
    }

  private:
    struct Counter {
        std::uint64_t asked = 0;
        std::uint64_t acknowledged = 0;
    };

    struct State {
        std::vector<Counter> counters;
        std::atomic<bool> is_stopping = false;
        std::atomic<std::uint64_t> acknowledged = 0;
        std::atomic<std::uint64_t> failed = 0;
        std::atomic<std::int64_t> longest = 0;
        std::mutex mutex;
        std::string first_failure;
    };

    static std::string key(std::size_t writer, std::string_view side) {
        return "w" + std::to_string(writer) + "/" + std::string(side);
    }

    static std::uint64_t number_of(const std::map<std::string, std::string>& rows,
                                   const std::string& key) {
        const auto found = rows.find(key);
        return found == rows.end() ? 0 : std::stoull(found->second);
    }

    /// Text that starts with the number.
    static std::string value_of(std::uint64_t number, std::size_t padding) {
        return std::to_string(number) + std::string(padding, '.');
    }

    static Task<void> write(std::shared_ptr<State> state,
                            ZonedHarness* harness,
                            std::size_t writer,
                            std::uint64_t fence,
                            std::size_t padding) {
        Counter& counter = state->counters[writer];
        std::vector<std::string> keys{key(writer, "left")};
        const auto before = co_await harness->store().get(kPartition, keys);
        if (!before) {
            co_return;
        }
        std::optional<std::string> old = before->at(0);
        std::uint64_t number = old ? std::stoull(*old) : 0;
        while (!state->is_stopping.load()) {
            std::string next = value_of(++number, padding);
            Commit change{.fence = fence, .guards = {}, .writes = {}};
            change.guards.push_back({keys[0], old});
            change.writes.push_back({.key = key(writer, "left"), .value = next});
            change.writes.push_back({.key = "log/", .value = "x", .stamped = true});
            change.writes.push_back({.key = key(writer, "right"), .value = next});
            counter.asked = number;
            const runtime::Instant start = runtime::Executor::current().now();
            const auto result = co_await harness->store().commit(kPartition, std::move(change));
            const std::int64_t took = (runtime::Executor::current().now() - start).count();
            for (std::int64_t longest = state->longest.load();
                 took > longest && !state->longest.compare_exchange_weak(longest, took);) {
            }
            if (!result) {
                if (!state->is_stopping.load() && state->failed++ == 0) {
                    const std::scoped_lock lock(state->mutex);
                    state->first_failure = result.error().message;
                    for (const zone::ZoneStatus& zone : harness->zones().status()) {
                        state->first_failure += "; " + zone.name + ": " + zone.reason;
                    }
                }
                co_return;
            }
            counter.acknowledged = number;
            ++state->acknowledged;
            old = std::move(next);
        }
    }

    static inline const PartitionId kPartition{"load"};

    ZonedHarness& harness_;
    std::shared_ptr<State> state_;
    const std::size_t padding_;
    runtime::TaskGroup group_;
};

inline void wait_for(ZonedHarness& harness, std::size_t zone, zone::ZoneState state) {
    for (int i = 0; i < 30'000 && harness.zones().state(zone) != state; ++i) {
        runtime::block_this_thread(std::chrono::milliseconds(1));
    }
    ASSERT_EQ(harness.zones().state(zone), state) << harness.zones().status()[zone].reason;
}

inline void wait_for_all(ZonedHarness& harness) {
    for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
        wait_for(harness, zone, zone::ZoneState::Ok);
    }
}

}  // namespace antipode::index::testing
