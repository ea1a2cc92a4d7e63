#include "runtime/sim_disk.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/clock.h"
#include "runtime/run_to_end.h"

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

class SimDiskTest : public testing::Test {
  protected:
    /// Runs it on a thread of the simulation.
    void here(std::function<void()> what) {
        run_to_end(time_, threads_.run("test", [what = std::move(what)] {
            what();
            return true;
        }));
    }

    static std::string content(FileSystem& files, const std::string& path) {
        const auto text = files.read_file(path);
        return text ? *text : text.error().message;
    }

    static void write(FileSystem& files,
                      const std::string& path,
                      std::string_view text,
                      bool is_synced) {
        const auto file = files.open(path, OpenFile{.create = true}).value();
        EXPECT_TRUE(file->write_at(0, as_bytes(text)));
        EXPECT_TRUE(!is_synced || file->sync());
    }

    SimExecutor time_{1};
    SimThreads threads_{time_};
    SimDisk disk_{threads_};
    std::unique_ptr<SimDisk::Mount> files_ = disk_.mount();
};

TEST_F(SimDiskTest, is_a_file_system) {
    here([&] {
        EXPECT_EQ(files_->list("/a").error().code, ErrorCode::NotFound);
        EXPECT_FALSE(files_->open("/a/b/one", OpenFile{.create = true}));
        EXPECT_TRUE(files_->create_directories("/a/b"));
        write(*files_, "/a/b/one", "text", true);
        EXPECT_TRUE(files_->write_file_atomically("/a/b/two", "more"));
        EXPECT_THAT(files_->list("/a/b").value(), testing::ElementsAre("one", "two"));
        EXPECT_THAT(files_->list("/a").value(), testing::ElementsAre("b"));
        EXPECT_TRUE(files_->rename("/a/b/one", "/a/three"));
        EXPECT_EQ(content(*files_, "/a/three"), "text");
        EXPECT_FALSE(files_->remove_file("/a/b/one"));
        EXPECT_TRUE(files_->remove_tree("/a/b"));
        EXPECT_THAT(files_->list("/a").value(), testing::ElementsAre("three"));
        const auto file = files_->open("/a/three", {}).value();
        Bytes bytes(5);
        EXPECT_EQ(file->read_at(0, bytes).error().code, ErrorCode::Io);
        EXPECT_TRUE(file->truncate(1));
        EXPECT_EQ(file->size().value(), 1U);
    });
    EXPECT_GT(time_.now().time_since_epoch(), 0s);
}

TEST_F(SimDiskTest, loses_at_a_power_cut_what_is_not_synced_in_pieces) {
    const std::string text(64 * 512, 'x');
    std::set<std::size_t> sizes;
    for (int round = 0; round < 20; ++round) {
        auto files = disk_.mount();
        here([&] {
            EXPECT_TRUE(files->create_directories("/zone"));
            write(*files, "/zone/synced", "kept", true);
            EXPECT_TRUE(files->sync_directory("/zone"));
            write(*files, "/zone/synced", "lost", false);
            EXPECT_TRUE(files->write_file_atomically("/zone/torn", ""));
            write(*files, "/zone/torn", text, false);
        });
        files->die();
        disk_.cut_power("/zone");
        files = disk_.mount();
        here([&] {
            EXPECT_THAT(content(*files, "/zone/synced"), testing::AnyOf("kept", "lost"));
            const std::string torn = content(*files, "/zone/torn");
            sizes.insert(static_cast<std::size_t>(std::ranges::count(torn, 'x')));
        });
    }
    EXPECT_GT(sizes.size(), 3U);
    EXPECT_EQ(*sizes.begin(), 0U);
}

TEST_F(SimDiskTest, forgets_what_a_sync_failed_for) {
    bool is_lost = false;
    for (int round = 0; round < 20 && !is_lost; ++round) {
        auto files = disk_.mount();
        here([&] {
            EXPECT_TRUE(files->create_directories("/zone"));
            EXPECT_TRUE(files->write_file_atomically("/zone/file", "old."));
            const auto file = files->open("/zone/file", {}).value();
            EXPECT_TRUE(file->write_at(0, as_bytes("new.")));
            disk_.set("/zone", {.known = {.fail_syncs = true}});
            EXPECT_EQ(file->sync().error().code, ErrorCode::Io);
            disk_.clear("/zone");
            EXPECT_TRUE(file->sync());
        });
        files->die();
        disk_.cut_power("/zone");
        files = disk_.mount();
        here([&] { is_lost = content(*files, "/zone/file") == "old."; });
    }
    EXPECT_TRUE(is_lost);
}

TEST_F(SimDiskTest, keeps_everything_when_a_process_dies_but_what_was_under_way) {
    here([&] {
        EXPECT_TRUE(files_->create_directories("/zone"));
        EXPECT_TRUE(files_->write_file_atomically("/zone/file", "0"));
        const auto lock = files_->lock("/zone/lock");
        EXPECT_TRUE(lock);
        const auto other = disk_.mount();
        EXPECT_EQ(other->lock("/zone/lock").error().code, ErrorCode::Unavailable);
        disk_.set("/zone", {.known = {.hang = true}});
        threads_.spawn("dies", [this] { files_->die(); });

        const auto file = files_->open("/zone/file", {});

        EXPECT_FALSE(file);
        disk_.clear("/zone");
        EXPECT_FALSE(files_->write_file_atomically("/zone/file", "1"));
        EXPECT_EQ(content(*other, "/zone/file"), "0");
        EXPECT_TRUE(other->lock("/zone/lock"));
    });
}

TEST_F(SimDiskTest, has_the_faults_of_a_zone) {
    here([&] {
        EXPECT_TRUE(files_->create_directories("/a"));
        EXPECT_TRUE(files_->create_directories("/b"));
        EXPECT_TRUE(files_->write_file_atomically("/a/file", "text"));
        disk_.set("/a", {.known = {.fail_reads = true}});
        EXPECT_EQ(files_->read_file("/a/file").error().code, ErrorCode::Io);
        disk_.set("/a", {.known = {.no_space = true}});
        EXPECT_FALSE(files_->write_file_atomically("/a/more", "x"));
        EXPECT_TRUE(files_->write_file_atomically("/b/more", "x"));
        EXPECT_EQ(files_->free_bytes("/a").value(), 0U);
        disk_.set("/a", {.known = {.flip_bit_in_one_of = 1}});
        const auto file = files_->open("/b/more", {}).value();
        EXPECT_TRUE(file->write_at(0, as_bytes(std::string(4096, '\0'))));
        EXPECT_TRUE(files_->rename("/b/more", "/a/more"));
        EXPECT_NE(content(*files_, "/a/more"), std::string(4096, '\0'));
        disk_.set("/a", {.lose_one_of = 1});
        const auto lossy = files_->open("/a/more", {}).value();
        EXPECT_TRUE(lossy->write_at(0, as_bytes("x")));
        EXPECT_EQ(content(*files_, "/a/more"), std::string(4096, '\0'));
        disk_.set("/a", {.known = {.delay = 5s}});
        const Instant start = steady_now();
        EXPECT_TRUE(files_->read_file("/a/file"));
        EXPECT_GE(steady_now() - start, 5s);
    });
}

TEST_F(SimDiskTest, swaps_directories) {
    here([&] {
        EXPECT_TRUE(files_->create_directories("/zone/sub"));
        EXPECT_TRUE(files_->write_file_atomically("/zone/sub/file", "1"));
        const auto lock = files_->lock("/zone/lock").value();
        const auto old = disk_.copy("/zone");
        EXPECT_TRUE(files_->write_file_atomically("/zone/sub/file", "2"));
        EXPECT_EQ(files_->lock_id("/zone/lock"), lock->id());

        const auto now = disk_.take_away("/zone");
        EXPECT_EQ(files_->list("/zone").error().code, ErrorCode::NotFound);
        disk_.put("/zone", old);
        EXPECT_EQ(content(*files_, "/zone/sub/file"), "1");
        EXPECT_NE(files_->lock_id("/zone/lock"), lock->id());
        disk_.put("/zone", now);
        EXPECT_EQ(content(*files_, "/zone/sub/file"), "2");
        EXPECT_EQ(disk_.bytes("/zone/sub"), 1U);
    });
}

}  // namespace
}  // namespace antipode::runtime
