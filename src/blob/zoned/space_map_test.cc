#include "blob/zoned/space_map.h"

#include <random>

#include <gtest/gtest.h>

namespace antipode::blob {
namespace {

TEST(SpaceMap, gives_nothing_before_it_has_a_segment) {
    SpaceMap map(100);

    EXPECT_FALSE(map.allocate(1));
}

TEST(SpaceMap, gives_the_smallest_run_that_fits) {
    SpaceMap map(100);
    map.add_segment();
    const auto first = map.allocate(10);
    const auto second = map.allocate(20);
    const auto third = map.allocate(30);
    ASSERT_TRUE(first && second && third);
    map.free(*first);
    map.free(*third);  // Merges with the free end of the segment.

    EXPECT_EQ(map.allocate(8)->page, first->page);
    EXPECT_EQ(map.allocate(60)->page, third->page);
    EXPECT_FALSE(map.allocate(60));
}

TEST(SpaceMap, merges_neighbours) {
    SpaceMap map(100);
    map.add_segment();
    const auto first = map.allocate(30);
    const auto second = map.allocate(30);
    const auto third = map.allocate(40);

    map.free(*first);
    map.free(*third);
    map.free(*second);

    EXPECT_EQ(map.allocate(100), (PageRange{1, 0, 100}));
}

TEST(SpaceMap, counts_pages_that_are_freed_twice_once) {
    SpaceMap map(100);
    map.add_segment();
    const auto range = map.allocate(50);

    map.free(*range);
    map.free(*range);
    map.free({range->segment, 10, 20});

    EXPECT_EQ(map.free_pages(), 100U);
    EXPECT_TRUE(map.allocate(100));
}

TEST(SpaceMap, drops_free_segments_beyond_the_reserve_for_good) {
    SpaceMap map(10);
    for (int i = 0; i < 4; ++i) {
        map.add_segment();
    }
    const auto taken = map.allocate(10);

    const auto dropped = map.drop_free_segments(1);

    EXPECT_EQ(dropped.size(), 2U);
    EXPECT_EQ(map.total_pages(), 20U);
    map.free({dropped[0], 0, 10});
    EXPECT_EQ(map.free_pages(), 10U);
    map.add_segment();
    EXPECT_TRUE(map.knows(5));
    EXPECT_TRUE(map.knows(taken->segment));
}

TEST(SpaceMap, frees_what_nobody_named_when_it_was_rebuilt) {
    SpaceMap map(100);
    map.begin_rebuild({3, 7});
    map.mark_live({3, 10, 20});
    map.mark_live({9, 0, 5});  // No zone has a file of it.

    EXPECT_FALSE(map.allocate(1));
    map.finish_rebuild();

    EXPECT_EQ(map.total_pages(), 300U);
    EXPECT_EQ(map.free_pages(), 275U);
    map.add_segment();
    EXPECT_TRUE(map.knows(10));
}

TEST(SpaceMap, allocates_in_new_segments_only_while_it_is_rebuilt) {
    SpaceMap map(100);
    map.begin_rebuild({1});
    map.add_segment();
    const auto fresh = map.allocate(40);
    ASSERT_TRUE(fresh);
    EXPECT_EQ(fresh->segment, 2U);

    map.mark_live(*fresh);  // The walk came to its row.
    map.finish_rebuild();

    EXPECT_EQ(map.free_pages(), 160U);
}

TEST(SpaceMap, never_gives_pages_twice_and_loses_none) {
    std::mt19937 random(1);
    SpaceMap map(1000);
    std::vector<PageRange> taken;
    std::set<std::pair<std::uint32_t, std::uint32_t>> pages;
    for (int step = 0; step < 5000; ++step) {
        if (random() % 2 == 0 || taken.empty()) {
            const std::uint32_t want = 1 + (random() % 50);
            auto range = map.allocate(want);
            if (!range) {
                map.add_segment();
                range = map.allocate(want);
            }
            ASSERT_TRUE(range);
            for (std::uint32_t page = range->page; page < range->end(); ++page) {
                ASSERT_TRUE(pages.emplace(range->segment, page).second);
            }
            taken.push_back(*range);
        } else {
            std::swap(taken[random() % taken.size()], taken.back());
            for (std::uint32_t page = taken.back().page; page < taken.back().end(); ++page) {
                pages.erase({taken.back().segment, page});
            }
            map.free(taken.back());
            taken.pop_back();
        }
        ASSERT_EQ(map.total_pages() - map.free_pages(), pages.size());
    }
}

}  // namespace
}  // namespace antipode::blob
