#include "blob/zoned/zoned_blob_store.h"

#include <gtest/gtest.h>

#include "blob/zoned/store_fixture.h"

namespace antipode::blob {
namespace {

class ZonedBlobStoreTest : public StoreFixture {};

// Sizes around every boundary of the layout: grain, page, block, shard, stripe, reservation.
const std::vector<std::uint64_t> kSizes{
    1,         63,        256,       257,       16'128,     16'384,     65'472,
    65'473,    65'536,    261'888,   262'144,   262'145,    1'048'575,  1'048'576,
    1'048'577, 2'097'152, 3'000'000, 4'194'304, 10'485'760, 20'971'520, 20'971'521};

TEST_F(ZonedBlobStoreTest, gives_back_what_was_written_at_every_size) {
    for (const std::uint64_t size : kSizes) {
        const auto ref = write(size, size);

        ASSERT_TRUE(ref) << size << ": " << ref.error().message;
        EXPECT_EQ(check(*ref, size, size), "") << size;
        EXPECT_LE(ref->encoded().size(), 60 + (40 * (1 + (size / (64 * kMiB))))) << size;
    }
    EXPECT_EQ(store_->counters().stripes_decoded, 0U);
    EXPECT_EQ(store_->status().under_protected, 0U);
}

TEST_F(ZonedBlobStoreTest, takes_bodies_of_unknown_size) {
    for (const std::uint64_t size : {1ULL, 65'473ULL, 1'048'576ULL, 1'048'577ULL, 9'000'000ULL}) {
        const auto ref = write(size, size, false);

        ASSERT_TRUE(ref) << size << ": " << ref.error().message;
        EXPECT_EQ(check(*ref, size, size), "") << size;
    }
}

TEST_F(ZonedBlobStoreTest, takes_an_empty_body) {
    const auto ref = write(1, 0);

    ASSERT_TRUE(ref);
    EXPECT_EQ(check(*ref, 1, 0), "");
}

TEST_F(ZonedBlobStoreTest, takes_a_hint_that_is_wrong_for_no_more_than_a_hint) {
    PatternSource body(1, 3'000'000);

    const auto written = run(store_->write(body, {.size = 1000}));

    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(written->size, 3'000'000U);
    EXPECT_EQ(check(written->ref, 1, 3'000'000), "");
}

TEST_F(ZonedBlobStoreTest, reads_ranges) {
    const std::uint64_t size = 5'300'000;
    const auto ref = write(7, size);
    ASSERT_TRUE(ref);

    for (const ByteRange range : std::vector<ByteRange>{{0, 1},
                                                        {0, 0},
                                                        {size, 0},
                                                        {size - 1, 1},
                                                        {65'471, 2},
                                                        {262'143, 2},
                                                        {1'048'575, 2},
                                                        {1'048'576, 1'048'576},
                                                        {500'000, 4'000'000},
                                                        {4'200'000, 1'100'000}}) {
        EXPECT_EQ(check(*ref, 7, range), "") << range.offset << "+" << range.size;
    }
}

TEST_F(ZonedBlobStoreTest, refuses_a_range_beyond_the_end) {
    const auto ref = write(7, 1000);

    EXPECT_EQ(store_->open(*ref, {.offset = 500, .size = 501}).error().code,
              ErrorCode::InvalidRange);
    EXPECT_EQ(store_->open(*ref, {.offset = ~0ULL, .size = 2}).error().code,
              ErrorCode::InvalidRange);
}

TEST_F(ZonedBlobStoreTest, refuses_a_reference_that_is_none) {
    EXPECT_EQ(store_->open(BlobRef("what"), {}).error().code, ErrorCode::Corrupt);
}

TEST_F(ZonedBlobStoreTest, keeps_nothing_when_the_body_fails) {
    PatternSource body(1, 3'000'000, 100'000, true);

    EXPECT_EQ(run(store_->write(body, {})).error().code, ErrorCode::IncompleteBody);

    EXPECT_TRUE(eventually([&] { return store_->status().used_bytes == 0; }));
    EXPECT_EQ(store_->status().live_blobs, 0U);
}

TEST_F(ZonedBlobStoreTest, uses_the_space_of_removed_blobs_again) {
    for (int round = 0; round < 8; ++round) {
        const auto ref = write(1, 3'000'000);
        ASSERT_TRUE(ref);
        EXPECT_GT(store_->status().used_bytes, 0U);
        EXPECT_TRUE(remove_leaves(*ref, 0));
    }
    const auto files = disk_->list(zone_path(0) + "/blobs");
    ASSERT_TRUE(files);
    EXPECT_LE(files->size(), 3U);
}

TEST_F(ZonedBlobStoreTest, takes_a_second_removal_for_the_first) {
    const auto first = write(1, 200'000);
    ASSERT_TRUE(remove_leaves(*first, 0));
    const auto second = write(2, 200'000);

    run(remove_now(*first));
    run(reap_now());
    const auto third = write(3, 200'000);

    EXPECT_EQ(check(*second, 2, 200'000), "");
    EXPECT_EQ(check(*third, 3, 200'000), "");
    EXPECT_EQ(store_->status().live_blobs, 2U);
}

TEST_F(ZonedBlobStoreTest, does_not_reuse_space_under_a_reader) {
    const auto ref = write(1, 3'000'000);
    auto source = store_->open(*ref, {0, 3'000'000});
    ASSERT_TRUE(source);

    run(remove_now(*ref));
    run(reap_now());
    for (std::uint64_t seed = 2; seed < 6; ++seed) {
        ASSERT_TRUE(write(seed, 3'000'000));
    }

    EXPECT_EQ(run(compare(std::move(*source), 1, {0, 3'000'000})), "");
}

TEST_F(ZonedBlobStoreTest, says_not_found_when_the_space_was_reused) {
    const auto ref = write(1, 500'000);
    ASSERT_TRUE(remove_leaves(*ref, 0));
    ASSERT_TRUE(write(2, 500'000));

    EXPECT_THAT(check(*ref, 1, 500'000), testing::StartsWith("NotFound"));
}

TEST_F(ZonedBlobStoreTest, gives_whole_free_segments_back_to_the_file_system) {
    options_.space.free_segments_reserve = 1;
    close();
    open();
    std::vector<BlobRef> refs;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        refs.push_back(*write(seed, 5'000'000));
    }
    const std::size_t before = disk_->list(zone_path(1) + "/blobs")->size();

    for (const BlobRef& ref : refs) {
        run(remove_now(ref));
    }

    EXPECT_GE(before, 6U);
    EXPECT_TRUE(eventually([&] { return disk_->list(zone_path(1) + "/blobs")->size() == 1; }));
}

TEST_F(ZonedBlobStoreTest, learns_after_a_restart_what_is_taken_from_what_is_named) {
    const auto kept = write(1, 2'500'000);
    liveness_.put("kept", *kept);
    ASSERT_TRUE(write(2, 2'500'000));  // Nobody names it: a crash before the commit.
    const std::uint64_t both = store_->status().used_bytes;

    close();
    open();

    EXPECT_EQ(store_->status().used_bytes, both / 2);
    EXPECT_EQ(store_->status().live_blobs, 1U);
    for (std::uint64_t seed = 3; seed < 8; ++seed) {
        const auto ref = write(seed, 2'500'000);
        EXPECT_EQ(check(*ref, seed, 2'500'000), "");
    }
    EXPECT_EQ(check(*kept, 1, 2'500'000), "");
}

struct Traffic {
    ZonedBlobStore* store;
    TestLiveness* liveness;
    std::atomic<int>* failures;
};

Task<void> write_and_read(Traffic traffic, std::uint64_t worker) {
    for (std::uint64_t round = 0; round < 6; ++round) {
        const std::uint64_t seed = (worker * 100) + round;
        const std::uint64_t size = 1 + ((seed * 7919) % 1'500'000);
        PatternSource body(seed, size, 50'000);
        BlobHint hint;
        if (round % 2 == 0) {
            hint.size = size;
        }
        const auto written = co_await traffic.store->write(body, hint);
        if (!written) {
            ++*traffic.failures;
            continue;
        }
        auto source = traffic.store->open(written->ref, {0, size});
        std::uint64_t position = 0;
        while (true) {
            const Result<Bytes> chunk = co_await (*source)->next();
            if (!chunk || chunk->empty()) {
                break;
            }
            const Bytes expected = PatternSource::make(seed, position, chunk->size());
            position += as_text(*chunk) == as_text(expected) ? chunk->size() : 0;
        }
        *traffic.failures += position == size ? 0 : 1;
        if (round % 3 == 0) {
            source->reset();
            traffic.store->remove(written->ref);
        } else {
            traffic.liveness->put(std::to_string(seed), written->ref);
        }
    }
}

TEST_F(ZonedBlobStoreTest, serves_many_writers_and_readers_at_once) {
    std::atomic<int> failures = 0;
    runtime::TaskGroup group;
    for (std::uint64_t worker = 0; worker < 32; ++worker) {
        group.spawn(threads_.executor(worker % 2),
                    write_and_read({store_.get(), &liveness_, &failures}, worker));
    }
    run(group.join());

    EXPECT_EQ(failures, 0);
    const auto report = run(store_->scrub());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->blobs, 128U);
    EXPECT_EQ(report->shards_rewritten, 0U);
    EXPECT_EQ(report->lost, 0U);
}

TEST_F(ZonedBlobStoreTest, serves_and_heals_while_a_row_cannot_be_read_and_tries_again) {
    options_.learn_again_after = std::chrono::milliseconds(50);
    const auto ref = write(1, 300'000);
    ASSERT_TRUE(ref);
    liveness_.put("a", *ref);
    close();
    liveness_.fail_next(2);

    open_somehow();

    EXPECT_FALSE(started_);
    EXPECT_EQ(store_->status().space_unknown, "a row cannot be read");
    EXPECT_EQ(check(*ref, 1, 300'000), "");
    EXPECT_TRUE(write(2, 300'000));
    EXPECT_TRUE(eventually([&] { return store_->status().space_unknown.empty(); }));
    EXPECT_EQ(store_->status().live_blobs, 2U);
    EXPECT_EQ(store_->status().live_bytes, 600'000U);
}

TEST_F(ZonedBlobStoreTest, uses_no_old_space_while_a_row_names_a_place_that_it_does_not_know) {
    options_.learn_again_after = std::chrono::milliseconds(50);
    liveness_.put("a", BlobRef("of a later version"));
    close();

    open_somehow();

    EXPECT_FALSE(started_);
    EXPECT_THAT(store_->status().space_unknown, testing::StartsWith("a: "));
    static_cast<void>(liveness_.take("a"));
    EXPECT_TRUE(eventually([&] { return store_->status().space_unknown.empty(); }));
}

}  // namespace
}  // namespace antipode::blob
