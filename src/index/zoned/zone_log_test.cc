#include "index/zoned/zone_log.h"

#include <memory>

#include <gtest/gtest.h>

#include "base/units.h"
#include "runtime/temporary_directory.h"

namespace antipode::index {
namespace {

struct ZoneLogTest : testing::Test {
    void SetUp() override {
        ASSERT_TRUE(log.open());
        ASSERT_TRUE(log.reset_tail(0));
    }

    void append() {
        const auto record = make_epoch_record({.lsn = ++lsn, .epoch = 1, .position = end});
        end = record->end();
        const std::string_view piece = record->bytes;
        ASSERT_TRUE(log.append({&piece, 1}));
    }

    runtime::TemporaryDirectory directory;
    std::unique_ptr<runtime::FileSystem> files = runtime::make_posix_file_system();
    ZoneLog log{*files, directory / "log", 64 * kKiB};
    Lsn lsn = 0;
    std::uint64_t end = 0;
};

TEST_F(ZoneLogTest, is_read_on_by_one_who_was_at_its_end_before_more_was_written) {
    append();
    LogReader reader(log, 0, 1, 0);
    ASSERT_TRUE(reader.next().value());

    EXPECT_EQ(reader.next().value(), nullptr);
    append();
    append();

    for (const Lsn expected : {2U, 3U}) {
        const auto record = reader.next().value();
        ASSERT_TRUE(record);
        EXPECT_EQ(record->lsn(), expected);
    }
    EXPECT_EQ(reader.next().value(), nullptr);
    EXPECT_EQ(reader.position(), end);
}

}  // namespace
}  // namespace antipode::index
