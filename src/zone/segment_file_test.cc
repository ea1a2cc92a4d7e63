#include "zone/segment_file.h"

#include <cstring>
#include <future>

#include <gtest/gtest.h>

#include "base/units.h"
#include "runtime/fault_file_system.h"
#include "runtime/temporary_directory.h"
#include "zone/aligned_buffer.h"
#include "zone/group_sync.h"

namespace antipode::zone {
namespace {

using namespace std::chrono_literals;

class SegmentFileTest : public testing::Test {
  protected:
    AlignedBuffer filled(char with, std::size_t size = kBlockBytes) {
        AlignedBuffer buffer = pool_->take(size);
        std::memset(buffer.data(), with, buffer.size());
        return buffer;
    }

    runtime::TemporaryDirectory directory_;
    std::unique_ptr<runtime::FileSystem> disk_ = runtime::make_posix_file_system();
    runtime::FaultFileSystem files_{*disk_};
    std::shared_ptr<BufferPool> pool_ = BufferPool::make(1 * kMiB);
};

TEST_F(SegmentFileTest, is_born_full_of_zeros_and_keeps_what_is_written) {
    auto segment = SegmentFile::create(files_, directory_ / "s", 64 * kKiB).value();
    ASSERT_TRUE(segment->write_at(8192, filled('x').view()));
    ASSERT_TRUE(segment->sync());
    segment.reset();

    segment = SegmentFile::open(files_, directory_ / "s").value();
    AlignedBuffer buffer = filled('?');

    EXPECT_EQ(segment->size(), 64 * kKiB);
    ASSERT_TRUE(segment->read_at(4096, buffer.bytes()));
    EXPECT_EQ(as_text(buffer.view()), std::string(kBlockBytes, '\0'));
    ASSERT_TRUE(segment->read_at(8192, buffer.bytes()));
    EXPECT_EQ(as_text(buffer.view()), std::string(kBlockBytes, 'x'));
}

TEST_F(SegmentFileTest, is_never_used_again_after_a_failed_sync) {
    const auto segment = SegmentFile::create(files_, directory_ / "s", 64 * kKiB).value();
    files_.set(directory_.path(), {.fail_syncs = true});
    ASSERT_TRUE(segment->write_at(0, filled('x').view()));
    EXPECT_FALSE(segment->sync());
    files_.clear_all();

    EXPECT_TRUE(segment->is_broken());
    EXPECT_FALSE(segment->write_at(0, filled('y').view()));
    EXPECT_FALSE(segment->sync());
}

TEST_F(SegmentFileTest, is_not_there_when_it_could_not_be_made_whole) {
    files_.set(directory_.path(), {.no_space = true});
    EXPECT_FALSE(SegmentFile::create(files_, directory_ / "s", 64 * kKiB));
    files_.clear_all();

    EXPECT_EQ(SegmentFile::open(files_, directory_ / "s").error().code, ErrorCode::NotFound);
    EXPECT_TRUE(SegmentFile::create(files_, directory_ / "s", 64 * kKiB));
}

TEST_F(SegmentFileTest, recycles_a_file_under_another_name) {
    ASSERT_TRUE(SegmentFile::create(files_, directory_ / "old", 64 * kKiB));

    const auto segment = SegmentFile::recycle(files_, directory_ / "old", directory_ / "new");

    ASSERT_TRUE(segment);
    EXPECT_EQ(files_.list(directory_.path()).value(), std::vector<std::string>{"new"});
}

TEST_F(SegmentFileTest, shares_one_flush_among_those_who_wait) {
    const std::shared_ptr<SegmentFile> segment =
        SegmentFile::create(files_, directory_ / "s", 64 * kKiB).value();
    const auto watch = std::make_shared<ZoneWatch>([](const Error&) {});
    GroupSync sync("sync", watch);
    std::vector<std::promise<Result<void>>> answers(20);

    for (std::promise<Result<void>>& answer : answers) {
        sync.sync(segment, [&answer](Result<void> result) { answer.set_value(std::move(result)); });
    }

    for (std::promise<Result<void>>& answer : answers) {
        EXPECT_TRUE(answer.get_future().get());
    }
    EXPECT_TRUE(sync.stop(10s));
    EXPECT_EQ(watch->pending_for(), 0ns);
}

TEST_F(SegmentFileTest, tells_the_watch_about_a_flush_that_hangs_or_fails) {
    const std::shared_ptr<SegmentFile> segment =
        SegmentFile::create(files_, directory_ / "s", 64 * kKiB).value();
    std::promise<std::string> failure;
    const auto watch =
        std::make_shared<ZoneWatch>([&](const Error& error) { failure.set_value(error.message); });
    GroupSync sync("sync", watch);
    std::promise<Result<void>> answer;
    files_.set(directory_.path(), {.hang = true});
    sync.sync(segment, [&](Result<void> result) { answer.set_value(std::move(result)); });

    while (files_.waiting(directory_.path()) == 0 || watch->pending_for() < 1ms) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(sync.stop(1ms));
    files_.set(directory_.path(), {.fail_syncs = true});

    EXPECT_FALSE(answer.get_future().get());
    EXPECT_NE(failure.get_future().get(), "");
    EXPECT_TRUE(sync.stop(10s));
    EXPECT_EQ(watch->pending_for(), 0ns);
    watch->disconnect();
}

TEST(BufferPool, gives_aligned_buffers_again) {
    const auto pool = BufferPool::make(8192);
    std::byte* first = nullptr;
    {
        AlignedBuffer buffer = pool->take(5000);
        first = buffer.data();
        EXPECT_EQ(buffer.size(), 8192U);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % kBlockBytes, 0U);
    }

    EXPECT_EQ(pool->kept_bytes(), 8192U);
    EXPECT_EQ(pool->take(8192).data(), first);
    {
        AlignedBuffer larger = pool->take(100'000);
    }
    EXPECT_EQ(pool->kept_bytes(), 8192U);
}

}  // namespace
}  // namespace antipode::zone
