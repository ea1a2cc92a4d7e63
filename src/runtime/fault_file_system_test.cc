#include "runtime/fault_file_system.h"

#include <future>

#include <gtest/gtest.h>

#include "runtime/temporary_directory.h"

namespace antipode::runtime {
namespace {

using namespace std::chrono_literals;

class FaultFileSystemTest : public testing::Test {
  protected:
    std::unique_ptr<File> make(const std::string& path, std::string_view content) {
        auto file = files_.open(path, OpenFile{.create = true}).value();
        EXPECT_TRUE(file->write_at(0, as_bytes(content)));
        EXPECT_TRUE(file->sync());
        return file;
    }

    static std::string content(File& file) {
        Bytes bytes(file.size().value());
        EXPECT_TRUE(file.read_at(0, bytes));
        return to_string(bytes);
    }

    TemporaryDirectory directory_;
    std::unique_ptr<FileSystem> real_ = make_posix_file_system();
    FaultFileSystem files_{*real_};
};

TEST_F(FaultFileSystemTest, changes_nothing_without_faults) {
    auto file = make(directory_ / "a", "hello");

    EXPECT_EQ(content(*file), "hello");
    EXPECT_EQ(files_.list(directory_.path()).value(), std::vector<std::string>{"a"});
}

TEST_F(FaultFileSystemTest, hangs_calls_until_the_fault_is_lifted) {
    auto file = make(directory_ / "a", "hello");
    files_.set(directory_.path(), FileFaults{.hang = true});

    auto read = std::async(std::launch::async, [&] { return content(*file); });
    while (files_.waiting(directory_.path()) == 0) {
        std::this_thread::yield();
    }
    EXPECT_EQ(read.wait_for(0s), std::future_status::timeout);
    files_.clear(directory_.path());

    EXPECT_EQ(read.get(), "hello");
}

TEST_F(FaultFileSystemTest, lifting_a_delay_ends_the_waiting) {
    auto file = make(directory_ / "a", "hello");
    files_.set(directory_.path(), FileFaults{.delay = 1h});

    auto read = std::async(std::launch::async, [&] { return content(*file); });
    while (files_.waiting(directory_.path()) == 0) {
        std::this_thread::yield();
    }
    files_.clear_all();

    EXPECT_EQ(read.get(), "hello");
}

TEST_F(FaultFileSystemTest, harms_only_paths_under_the_prefix) {
    ASSERT_TRUE(files_.create_directories(directory_ / "zone-a"));
    ASSERT_TRUE(files_.create_directories(directory_ / "zone-ab"));
    auto sick = make(directory_ / "zone-a/f", "x");
    auto well = make(directory_ / "zone-ab/f", "x");

    files_.set(directory_ / "zone-a", FileFaults{.fail_reads = true, .fail_writes = true});

    Bytes byte(1);
    EXPECT_EQ(sick->read_at(0, byte).error().code, ErrorCode::Io);
    EXPECT_EQ(sick->write_at(0, byte).error().code, ErrorCode::Io);
    EXPECT_EQ(sick->sync().error().code, ErrorCode::Io);
    EXPECT_FALSE(files_.list(directory_ / "zone-a"));
    EXPECT_TRUE(well->read_at(0, byte));
    EXPECT_TRUE(well->write_at(0, byte));
}

TEST_F(FaultFileSystemTest, a_full_disk_still_lets_files_be_overwritten) {
    auto file = make(directory_ / "a", "hello");
    files_.set(directory_.path(), FileFaults{.no_space = true});

    EXPECT_TRUE(file->write_at(0, as_bytes("HELLO")));
    EXPECT_FALSE(file->write_at(1, as_bytes("HELLO")));
    EXPECT_FALSE(file->truncate(100));
    EXPECT_TRUE(file->truncate(2));
    EXPECT_FALSE(files_.open(directory_ / "b", OpenFile{.create = true}));
    EXPECT_TRUE(files_.open(directory_ / "a", OpenFile{.create = true}));
    EXPECT_FALSE(files_.write_file_atomically(directory_ / "b", "x"));
    EXPECT_EQ(files_.free_bytes(directory_.path()).value(), 0U);
}

TEST_F(FaultFileSystemTest, a_read_only_disk_is_read_and_not_changed) {
    auto file = make(directory_ / "a", "hello");
    files_.set(directory_.path(), FileFaults{.read_only = true});

    EXPECT_EQ(content(*file), "hello");
    EXPECT_FALSE(file->write_at(0, as_bytes("HELLO")));
    EXPECT_FALSE(files_.remove_file(directory_ / "a"));
    EXPECT_FALSE(files_.rename(directory_ / "a", directory_ / "b"));
    EXPECT_FALSE(files_.open(directory_ / "b", OpenFile{.create = true}));
    EXPECT_TRUE(files_.open(directory_ / "a", OpenFile{.create = true}));
}

TEST_F(FaultFileSystemTest, flips_the_same_bits_in_every_read) {
    const std::string original(64 * 1024, 'x');
    auto file = make(directory_ / "a", original);
    files_.set(directory_.path(), FileFaults{.flip_bit_in_one_of = 4});

    const std::string first = content(*file);

    EXPECT_NE(first, original);
    EXPECT_EQ(first, content(*file));
    EXPECT_EQ(first, files_.read_file(directory_ / "a").value());
    files_.clear_all();
    EXPECT_EQ(content(*file), original);
}

TEST_F(FaultFileSystemTest, a_crash_undoes_what_was_not_synced) {
    files_.set(directory_.path(), FileFaults{.track_unsynced = true});
    auto file = make(directory_ / "a", "hello");
    ASSERT_TRUE(files_.sync_directory(directory_.path()));
    ASSERT_TRUE(file->write_at(3, as_bytes("LLO and more")));
    ASSERT_TRUE(file->truncate(2));

    ASSERT_TRUE(files_.crash(directory_.path()));

    EXPECT_EQ(files_.read_file(directory_ / "a").value(), "hello");
    EXPECT_FALSE(file->write_at(0, as_bytes("ghost")));
    auto reopened = files_.open(directory_ / "a", OpenFile{}).value();
    EXPECT_TRUE(reopened->write_at(0, as_bytes("again")));
}

TEST_F(FaultFileSystemTest, a_crash_keeps_what_was_synced) {
    files_.set(directory_.path(), FileFaults{.track_unsynced = true});
    auto file = make(directory_ / "a", "hello");
    ASSERT_TRUE(files_.sync_directory(directory_.path()));
    ASSERT_TRUE(file->write_at(0, as_bytes("HELLO")));
    ASSERT_TRUE(file->sync());

    ASSERT_TRUE(files_.crash(directory_.path()));

    EXPECT_EQ(files_.read_file(directory_ / "a").value(), "HELLO");
}

TEST_F(FaultFileSystemTest, a_failed_sync_makes_nothing_durable) {
    files_.set(directory_.path(), FileFaults{.track_unsynced = true});
    auto file = make(directory_ / "a", "hello");
    ASSERT_TRUE(files_.sync_directory(directory_.path()));
    files_.set(directory_.path(), FileFaults{.fail_syncs = true, .track_unsynced = true});
    ASSERT_TRUE(file->write_at(0, as_bytes("HELLO")));
    ASSERT_FALSE(file->sync());

    ASSERT_TRUE(files_.crash(directory_.path()));

    EXPECT_EQ(files_.read_file(directory_ / "a").value(), "hello");
}

TEST_F(FaultFileSystemTest, a_crash_removes_files_whose_directory_was_not_synced) {
    files_.set(directory_.path(), FileFaults{.track_unsynced = true});
    auto lost = make(directory_ / "lost", "hello");
    auto renamed = make(directory_ / "before", "hello");
    ASSERT_TRUE(files_.rename(directory_ / "before", directory_ / "kept"));

    ASSERT_TRUE(files_.crash(directory_.path()));

    EXPECT_EQ(files_.list(directory_.path()).value(), std::vector<std::string>{"kept"});
}

TEST_F(FaultFileSystemTest, a_crash_with_survivors_tears_writes_at_sectors) {
    const std::string old_content(8192, 'o');
    files_.set(directory_.path(), FileFaults{.track_unsynced = true});
    auto file = make(directory_ / "a", old_content);
    ASSERT_TRUE(files_.sync_directory(directory_.path()));
    ASSERT_TRUE(file->write_at(0, as_bytes(std::string(8192, 'n'))));

    ASSERT_TRUE(files_.crash(directory_.path(), Crash{.survivors_seed = 7}));

    const std::string torn = files_.read_file(directory_ / "a").value();
    EXPECT_NE(torn.find('o'), std::string::npos);
    EXPECT_NE(torn.find('n'), std::string::npos);
    for (std::size_t sector = 0; sector < torn.size(); sector += 512) {
        EXPECT_EQ(torn.substr(sector, 512), std::string(512, torn[sector]));
    }
}

}  // namespace
}  // namespace antipode::runtime
