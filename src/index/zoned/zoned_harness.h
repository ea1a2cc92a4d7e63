#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/units.h"
#include "index/zoned/zoned_store.h"
#include "runtime/io_threads.h"
#include "runtime/lasting_files.h"
#include "runtime/run_to_end.h"
#include "runtime/task_group.h"
#include "runtime/temporary_directory.h"
#include "runtime/thread_pool.h"
#include "zone/zone_set.h"

namespace antipode::index::testing {

/// A region of three directories with a ZonedStore in it, faults at hand, two threads to run on.
/// For tests.
class ZonedHarness {
  public:
    explicit ZonedHarness(ZonedStoreOptions with = small()) : options(std::move(with)) {
        const Result<void> opened = open();
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    }

    ~ZonedHarness() {
        files_.clear_all();
        close();
        threads_.stop();
    }

    ZonedHarness(const ZonedHarness&) = delete;
    ZonedHarness& operator=(const ZonedHarness&) = delete;

    static ZonedStoreOptions small() {
        ZonedStoreOptions options;
        options.segment_bytes = 256 * kKiB;
        options.block_cache_bytes = 8 * kMiB;
        options.write_buffer_bytes = 8 * kMiB;
        options.flush_log_bytes = 2 * kMiB;
        return options;
    }

    Result<void> open() {
        zone::ZoneOptions where{.directories = {zone(0), zone(1), zone(2)},
                                .region = "cn-test",
                                .suspect_after = suspect_after,
                                .out_after = out_after,
                                .probe_every = std::chrono::milliseconds(100)};
        TRY(zones_, zone::ZoneSet::open(where, files_));
        auto opened = ZonedStore::open(options, *zones_, files_);
        if (!opened) {
            zones_.reset();
            return fail(opened.error());
        }
        store_ = std::move(*opened);
        zones_->add_member(*store_);
        zones_->start_probing(executor());
        return {};
    }

    void close() {
        if (store_) {
            await(zones_->stop());
            await(store_->stop());
            store_.reset();
            zones_.reset();
        }
    }

    /// What kill -9 leaves.
    void crash() {
        store_->abandon();
        await(zones_->stop());
        store_.reset();
        zones_.reset();
    }

    /// From the next open() on a zone that is slow for a moment is suspected, and put out after
    /// four seconds.
    void notice_slow_zones() {
        suspect_after = std::chrono::milliseconds(200);
        out_after = std::chrono::seconds(4);
    }

    /// What hangs in a zone's files fails: a thread of a store that has ended must not write later
    /// on, as those of a process that has ended do not.
    void fail_what_hangs() {
        for (std::size_t index = 0; index < zone::kZones; ++index) {
            files_.set(zone(index), {.fail_writes = true});
            while (files_.waiting(zone(index)) > 0) {
                runtime::block_this_thread(std::chrono::milliseconds(1));
            }
        }
    }

    void reopen() {
        close();
        const Result<void> opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
    }

    IndexStore& store() {
        CHECK(store_);
        return *store_;
    }

    ZonedStore& zoned() { return *store_; }

    zone::ZoneSet& zones() { return *zones_; }

    runtime::FaultFileSystem& files() { return files_; }

    runtime::FileSystem& disk() { return disk_; }

    runtime::Executor& executor(std::size_t index = 0) { return threads_.executor(index); }

    [[nodiscard]] std::string zone(std::size_t index) const {
        return directory_ / std::string(1, static_cast<char>('a' + index));
    }

    template <typename T>
    T await(Task<T> task) {
        return runtime::run_to_end(executor(), std::move(task));
    }

    void run(std::vector<Task<void>> tasks) {
        runtime::TaskGroup group;
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            group.spawn(executor(i % 2), std::move(tasks[i]));
        }
        await(group.join());
    }

    ZonedStoreOptions options;
    // A busy machine must not look like a slow zone; tests of slowness say otherwise.
    std::chrono::milliseconds suspect_after = std::chrono::seconds(20);
    std::chrono::milliseconds out_after = std::chrono::seconds(40);

  private:
    runtime::TemporaryDirectory directory_;
    runtime::LastingFiles& all_files_ = runtime::LastingFiles::make();
    runtime::FileSystem& disk_ = *all_files_.disk;
    runtime::FaultFileSystem& files_ = all_files_.faulty;
    runtime::IoThreads threads_{2};
    std::unique_ptr<zone::ZoneSet> zones_;
    std::unique_ptr<ZonedStore> store_;
};

}  // namespace antipode::index::testing
