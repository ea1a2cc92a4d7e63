#include "replication/cursor_table.h"

#include "base/record.h"
#include "catalog/key_layout.h"
#include "replication/two_regions_harness.h"

namespace antipode::replication {
namespace {

TEST(RuleCursor, has_what_it_is_past_and_all_behind_that_but_for_what_is_open) {
    const RuleCursor cursor{.revision = 10, .read_to = 20, .open = {11, 15}};

    for (const std::uint64_t change : {1U, 10U, 12U, 14U, 16U, 20U}) {
        EXPECT_TRUE(cursor.has(change)) << change;
    }
    for (const std::uint64_t change : {11U, 15U, 21U}) {
        EXPECT_FALSE(cursor.has(change)) << change;
    }
}

class CursorRow : public TwoRegions {
  protected:
    void SetUp() override {
        TwoRegions::SetUp();
        make_buckets(false);
    }

    catalog::Partition& partition() {
        return west->catalog_.find_bucket(BucketName("here"))->partition();
    }
};

TEST_F(CursorRow, is_read_as_it_was_written) {
    RuleCursor cursor{.epoch = 3, .revision = 10, .read_to = 900, .open = {11, 700}};
    cursor.history_key = "k";
    cursor.history_total = 5;
    ASSERT_TRUE(west->run(save_cursor(partition(), "rule", cursor)));

    const auto read = west->run(load_cursor(partition(), "rule"));

    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->revision, 10U);
    EXPECT_EQ((*read)->read_to, 900U);
    EXPECT_EQ((*read)->open, (std::vector<std::uint64_t>{11, 700}));
    EXPECT_EQ((*read)->history_key, "k");
    EXPECT_EQ((*read)->history_total, 5U);
}

TEST_F(CursorRow, of_the_first_format_is_still_read) {
    RecordWriter first;
    first.u8(1);
    first.varint(3);
    first.varint(77);
    first.u8(1);
    first.text("k");
    first.text("");
    first.varint(9);
    first.varint(8);
    first.u8(1);
    const std::string end(1, '\0');
    std::vector<index::Write> writes;
    writes.push_back(
        {.key = catalog::rows::replication("r") + end + "rule" + end + "c", .value = first.take()});
    ASSERT_TRUE(west->run(partition().commit({}, std::move(writes), std::nullopt)));

    const auto read = west->run(load_cursor(partition(), "rule"));

    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->revision, 77U);
    EXPECT_EQ((*read)->read_to, 77U) << "nothing is known of what lies behind";
    EXPECT_TRUE((*read)->open.empty());
    EXPECT_EQ((*read)->history_copied, 8U);
}

}  // namespace
}  // namespace antipode::replication
