#include "index/zoned/row_table.h"

#include <array>

#include <gtest/gtest.h>

#include "base/units.h"
#include "index/zoned/memory_table.h"
#include "index/zoned/rocks_table.h"
#include "runtime/fault_file_system.h"
#include "runtime/temporary_directory.h"

namespace antipode::index {
namespace {

struct Rocks {
    static std::unique_ptr<RowTables> make() { return make_rocks_tables(8 * kMiB, 64 * kMiB); }
};

struct Memory {
    static std::unique_ptr<RowTables> make() { return make_memory_tables(); }
};

/// What every table does.
template <typename Kind>
class RowTableTest : public testing::Test {
  protected:
    RowTableTest() { reopen(); }

    void reopen() {
        rows_.reset();
        auto opened = tables_->open(*files_, directory_ / "rows");
        ASSERT_TRUE(opened) << opened.error().message;
        rows_ = std::move(*opened);
    }

    void apply(std::vector<Write> writes) {
        Commit change;
        change.writes = std::move(writes);
        const RecordPlace place{
            .lsn = ++lsn_, .epoch = 1, .committed = lsn_ - 1, .position = position_};
        const std::shared_ptr<const LogRecord> record =
            make_commit_record(place, kPartition, lsn_, change);
        position_ = record->end();
        ASSERT_TRUE(rows_->apply(std::array{record}));
    }

    void put(const std::string& key, const std::string& value) {
        std::vector<Write> writes;
        writes.push_back({.key = key, .value = value});
        apply(std::move(writes));
    }

    void put_many(std::size_t count) {
        std::vector<Write> writes;
        for (std::size_t i = 100; i < 100 + count; ++i) {
            writes.push_back({.key = "k" + std::to_string(i), .value = "v" + std::to_string(i)});
        }
        apply(std::move(writes));
    }

    std::optional<std::string> get(const std::string& key) {
        auto value = rows_->get(row_key(kPartition.str(), key), ReadFrom::Disk);
        EXPECT_TRUE(value) << value.error().message;
        return value ? **value : std::nullopt;
    }

    /// Keys of the partition from `from` on, without its name.
    std::vector<std::string> keys(const std::string& from) {
        const std::string prefix = row_key(kPartition.str(), "");
        const auto walk = rows_->walk(prefix_end(prefix), ReadFrom::Disk);
        std::vector<std::string> found;
        for (walk->seek(prefix + from); walk->is_at_row(); walk->next()) {
            found.emplace_back(walk->key().substr(prefix.size()));
        }
        EXPECT_TRUE(walk->status());
        return found;
    }

    const PartitionId kPartition{"photos"};
    runtime::TemporaryDirectory directory_;
    std::unique_ptr<runtime::FileSystem> files_ = runtime::make_posix_file_system();
    std::unique_ptr<RowTables> tables_ = Kind::make();
    std::unique_ptr<RowTable> rows_;
    std::uint64_t lsn_ = 0;
    std::uint64_t position_ = 0;
};

TYPED_TEST_SUITE_P(RowTableTest);

TYPED_TEST_P(RowTableTest, knows_how_far_the_log_is_applied_and_what_a_crash_would_leave) {
    EXPECT_EQ(this->rows_->applied()->lsn, 0U);
    this->put("a", "1");
    ASSERT_TRUE(this->rows_->flush(true));
    this->put("b", "2");

    EXPECT_EQ(this->rows_->applied()->lsn, 2U);
    EXPECT_EQ(this->rows_->applied()->position, this->position_);
    EXPECT_EQ(this->rows_->flushed()->lsn, 1U);

    this->reopen();
    EXPECT_EQ(this->rows_->applied()->lsn, 1U);
    EXPECT_EQ(this->get("a"), "1");
    EXPECT_EQ(this->get("b"), std::nullopt);
}

TYPED_TEST_P(RowTableTest, walks_in_the_order_of_keys_as_it_was_when_the_walk_was_made) {
    this->put_many(3);
    ASSERT_TRUE(this->rows_->flush(true));
    const auto walk = this->rows_->walk("", ReadFrom::Disk);
    std::vector<Write> removal;
    removal.push_back({.key = "k101", .value = std::nullopt});
    this->apply(std::move(removal));

    EXPECT_EQ(this->keys(""), (std::vector<std::string>{"k100", "k102"}));
    EXPECT_EQ(this->keys("k101"), (std::vector<std::string>{"k102"}));
    walk->seek(row_key(this->kPartition.str(), "k101"));
    ASSERT_TRUE(walk->is_at_row());
    EXPECT_EQ(walk->value(), "v101");
}

TYPED_TEST_P(RowTableTest, tells_when_memory_is_not_enough_and_finds_it_on_the_disk) {
    this->put_many(500);
    ASSERT_TRUE(this->rows_->flush(true));
    this->tables_ = TypeParam::make();  // And with it what it had in memory.
    this->reopen();

    std::size_t beyond = 0;
    for (std::size_t i = 100; i < 600; ++i) {
        const std::string key = "k" + std::to_string(i);
        const auto value = this->rows_->get(row_key(this->kPartition.str(), key), ReadFrom::Memory);
        ASSERT_TRUE(value);
        beyond += *value ? 0 : 1;
        EXPECT_EQ(this->get(key), "v" + std::to_string(i));
    }
    EXPECT_GT(beyond, 0U);
}

TYPED_TEST_P(RowTableTest, fills_another_table_with_all_of_one_moment) {
    this->put_many(50);
    ASSERT_TRUE(this->rows_->flush(true));
    this->put("last", "x");
    const auto walk = this->rows_->walk_all();
    this->put("later", "y");
    auto other = this->tables_->open(*this->files_, this->directory_ / "other").value();
    for (; walk->is_at_row(); walk->next()) {
        const RowTable::Row row(walk->key(), walk->value());
        ASSERT_TRUE(other->put_all(std::span(&row, 1)));
    }
    ASSERT_TRUE(walk->status());
    ASSERT_TRUE(other->flush(true));

    EXPECT_EQ(other->flushed()->lsn, this->lsn_ - 1);
    const auto found = other->get(row_key(this->kPartition.str(), "last"), ReadFrom::Disk).value();
    EXPECT_EQ(**found, "x");
    const auto later = other->get(row_key(this->kPartition.str(), "later"), ReadFrom::Disk).value();
    EXPECT_FALSE(later->has_value());
}

REGISTER_TYPED_TEST_SUITE_P(RowTableTest,
                            knows_how_far_the_log_is_applied_and_what_a_crash_would_leave,
                            walks_in_the_order_of_keys_as_it_was_when_the_walk_was_made,
                            tells_when_memory_is_not_enough_and_finds_it_on_the_disk,
                            fills_another_table_with_all_of_one_moment);
INSTANTIATE_TYPED_TEST_SUITE_P(Rocks, RowTableTest, Rocks);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, RowTableTest, Memory);

using MemoryTableTest = RowTableTest<Memory>;

TEST_F(MemoryTableTest, does_not_believe_a_damaged_file) {
    put_many(2000);
    ASSERT_TRUE(rows_->flush(true));
    const std::string path = directory_ / "rows/table";
    const std::uint64_t middle = files_->read_file(path)->size() / 2;
    auto file = files_->open(path, {}).value();
    ASSERT_TRUE(file->write_at(middle, as_bytes("damage")));

    rows_.reset();
    const auto opened = tables_->open(*files_, directory_ / "rows");

    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
}

TEST_F(MemoryTableTest, keeps_everything_when_a_flush_fails) {
    runtime::FaultFileSystem faulty(*files_);
    auto rows = tables_->open(faulty, directory_ / "faulty").value();
    std::swap(rows, rows_);
    put_many(100);
    faulty.set(directory_ / "faulty", {.no_space = true});

    EXPECT_FALSE(rows_->flush(true));

    EXPECT_EQ(rows_->flushed()->lsn, 0U);
    EXPECT_EQ(get("k100"), "v100");
    faulty.clear_all();
    EXPECT_TRUE(rows_->flush(true));
    EXPECT_EQ(rows_->flushed()->lsn, 1U);
    rows_.reset();
}

}  // namespace
}  // namespace antipode::index
