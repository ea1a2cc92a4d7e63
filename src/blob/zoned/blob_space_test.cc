#include "blob/zoned/blob_space.h"

#include <gtest/gtest.h>

namespace antipode::blob {
namespace {

using namespace std::chrono_literals;

class BlobSpaceTest : public testing::Test {
  protected:
    BlobLayout make_blob() {
        BlobLayout blob{.id = space_->next_id({}), .size = kStripeBytes, .stripes = {}};
        blob.stripes.push_back(
            {.main = *space_->allocate(kStripePagesMax, true), .extra = {}, .missing = kNoZone});
        return blob;
    }

    BlobLayout make_degraded_blob() {
        BlobLayout blob = make_blob();
        blob.stripes[0].missing = 1;
        blob.stripes[0].extra = *space_->allocate(kStripePagesMax, true);
        return blob;
    }

    static constexpr std::uint64_t kBlobBytes = kStripePagesMax * kPageBytes;

    SpaceOptions options_{
        .segment_bytes = 4 * kMiB, .grace = 60s, .quarantine_max = 3, .free_segments_reserve = 1};
    std::shared_ptr<BlobSpace> space_ = std::make_shared<BlobSpace>(options_);
    runtime::Instant now_{};
};

TEST_F(BlobSpaceTest, frees_a_removed_blob_after_the_grace_period) {
    const BlobLayout blob = make_blob();

    EXPECT_TRUE(space_->remove(blob, now_));

    space_->reap(now_ + 59s);
    EXPECT_EQ(space_->used_bytes(), kBlobBytes);
    space_->reap(now_ + 60s);
    EXPECT_EQ(space_->used_bytes(), 0U);
}

TEST_F(BlobSpaceTest, frees_a_pinned_blob_when_the_last_pin_goes_and_holds_up_no_other) {
    const BlobLayout pinned = make_blob();
    const BlobLayout other = make_blob();
    auto pin = space_->pin(pinned);
    auto second = space_->pin(pinned);
    space_->remove(pinned, now_);
    space_->remove(other, now_);

    space_->reap(now_ + 60s);
    EXPECT_EQ(space_->used_bytes(), kBlobBytes);
    pin.reset();
    space_->reap(now_ + 61s);
    EXPECT_EQ(space_->used_bytes(), kBlobBytes);
    second.reset();
    space_->reap(now_ + 62s);
    EXPECT_EQ(space_->used_bytes(), 0U);
}

TEST_F(BlobSpaceTest, shortens_the_grace_period_when_too_many_wait) {
    for (int i = 0; i < 5; ++i) {
        space_->remove(make_blob(), now_);
    }

    space_->reap(now_);

    EXPECT_EQ(space_->quarantined(), 3U);
    EXPECT_EQ(space_->used_bytes(), 3 * kBlobBytes);
}

TEST_F(BlobSpaceTest, frees_only_the_extra_copies_of_a_completed_blob) {
    const BlobLayout blob = make_degraded_blob();

    space_->drop_extra(blob, now_);
    space_->reap(now_ + 60s);

    EXPECT_EQ(space_->used_bytes(), kBlobBytes);
    EXPECT_TRUE(space_->is_stale(blob));
    space_->remove(blob, now_);  // By somebody who had read the row before.
    const BlobLayout next = make_blob();
    space_->reap(now_ + 60s);
    EXPECT_EQ(space_->used_bytes(), kBlobBytes);
    EXPECT_EQ(next.stripes[0].main, blob.stripes[0].extra);
}

TEST_F(BlobSpaceTest, keeps_removed_and_pinned_blobs_through_a_rebuild) {
    const BlobLayout removed = make_blob();
    const BlobLayout pinned = make_blob();
    const auto fresh = std::make_shared<BlobSpace>(options_);
    fresh->begin_rebuild({1});
    const auto pin = fresh->pin(pinned);
    fresh->remove(removed, now_);

    fresh->finish_rebuild();

    EXPECT_EQ(fresh->used_bytes(), 2 * kBlobBytes);
    fresh->reap(now_ + 60s);
    EXPECT_EQ(fresh->used_bytes(), kBlobBytes);
}

TEST_F(BlobSpaceTest, gives_no_id_twice_when_wall_time_goes_back_over_a_restart) {
    const runtime::WallTime later{std::chrono::hours(48)};
    BlobLayout blob = make_blob();
    blob.id = space_->next_id(later);
    const auto fresh = std::make_shared<BlobSpace>(options_);
    fresh->begin_rebuild({1});
    fresh->mark_live(blob);
    fresh->finish_rebuild();

    EXPECT_GT(fresh->next_id(later - std::chrono::hours(24)), blob.id);
}

TEST_F(BlobSpaceTest, tells_blobs_of_earlier_runs_though_wall_time_has_gone_back) {
    const runtime::WallTime later{std::chrono::hours(48)};
    BlobLayout before = make_blob();
    before.id = space_->next_id(later);
    const auto fresh = std::make_shared<BlobSpace>(options_);
    fresh->begin_rebuild({1});
    BlobLayout own = make_blob();
    own.id = fresh->next_id(later - std::chrono::hours(24));

    EXPECT_TRUE(fresh->mark_live(before));
    EXPECT_FALSE(fresh->mark_live(own));
}

}  // namespace
}  // namespace antipode::blob
