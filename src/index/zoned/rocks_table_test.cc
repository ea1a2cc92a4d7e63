#include "index/zoned/rocks_table.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "runtime/file_system.h"
#include "runtime/temporary_directory.h"

namespace antipode::index {
namespace {

constexpr std::size_t kBodies = 2000;
constexpr std::size_t kBodyBytes = 4 * kKiB;

class RocksTableTest : public testing::Test {
  protected:
    RocksTableTest() { open(); }

    void open() {
        rows_.reset();
        auto opened = tables_->open(*files_, directory_ / "rows");
        ASSERT_TRUE(opened) << opened.error().message;
        rows_ = std::move(*opened);
    }

    /// Puts or deletes the bodies [from, to) in one commit, and flushes.
    void apply(std::size_t from, std::size_t to, bool is_delete) {
        Commit change;
        for (std::size_t i = from; i < to; ++i) {
            const std::string key = "d" + std::to_string(i);
            change.writes.push_back(
                {.key = key, .value = is_delete ? std::nullopt : std::optional(body(i))});
        }
        RecordPlace place{.lsn = ++lsn_, .epoch = 1, .committed = lsn_ - 1, .position = position_};
        const std::shared_ptr<const LogRecord> record =
            make_commit_record(place, kPartition, lsn_, change);
        position_ = record->end();
        ASSERT_TRUE(rows_->apply(std::array{record}));
        ASSERT_TRUE(rows_->flush(true));
    }

    static std::string body(std::size_t number) {
        return std::string(kBodyBytes, static_cast<char>('a' + (number % 26)));
    }

    std::optional<std::string> get(std::size_t number) {
        auto value =
            rows_->get(row_key(kPartition.str(), "d" + std::to_string(number)), ReadFrom::Disk);
        EXPECT_TRUE(value) << value.error().message;
        return value ? **value : std::nullopt;
    }

    const PartitionId kPartition{"photos"};
    runtime::TemporaryDirectory directory_;
    std::unique_ptr<runtime::FileSystem> files_ = runtime::make_posix_file_system();
    std::unique_ptr<RowTables> tables_ = make_rocks_tables(8 * kMiB, 64 * kMiB);
    std::unique_ptr<RowTable> rows_;
    std::uint64_t lsn_ = 0;
    std::uint64_t position_ = 0;
    std::atomic<bool> is_cancelled_ = false;
};

TEST_F(RocksTableTest, gives_the_space_of_removed_bodies_back) {
    apply(0, kBodies, false);
    EXPECT_GE(rows_->bodies().bytes, kBodies * kBodyBytes);
    apply(0, kBodies - 100, true);

    ASSERT_TRUE(rows_->reclaim(is_cancelled_));

    EXPECT_LT(rows_->bodies().bytes, 200 * kBodyBytes);
    EXPECT_EQ(rows_->bodies().garbage, 0U);
    open();
    EXPECT_EQ(get(0), std::nullopt);
    EXPECT_EQ(get(kBodies - 101), std::nullopt);
    EXPECT_EQ(get(kBodies - 100), body(kBodies - 100));
    EXPECT_EQ(get(kBodies - 1), body(kBodies - 1));
}

TEST_F(RocksTableTest, keeps_everything_when_reclaiming_is_cancelled) {
    apply(0, kBodies, false);
    apply(0, kBodies / 2, true);
    is_cancelled_ = true;

    EXPECT_TRUE(rows_->reclaim(is_cancelled_));

    EXPECT_EQ(get(0), std::nullopt);
    EXPECT_EQ(get(kBodies - 1), body(kBodies - 1));
}

}  // namespace
}  // namespace antipode::index
