#include <gtest/gtest.h>

#include "blob/zoned/store_fixture.h"

namespace antipode::blob {
namespace {

constexpr std::uint64_t kSize = 2'300'000;

class ScrubTest : public StoreFixture {
  protected:
    /// Flips a bit on the medium itself.
    void damage(std::size_t zone, std::uint32_t segment, std::uint64_t offset) {
        const std::string path =
            zone_path(zone) + "/blobs/segment-0000000" + std::to_string(segment);
        auto file = disk_->open(path, {});
        ASSERT_TRUE(file) << file.error().message;
        std::array<std::byte, 1> byte{};
        ASSERT_TRUE((*file)->read_at(offset, byte));
        byte[0] ^= std::byte{0x01};
        ASSERT_TRUE((*file)->write_at(offset, byte));
        ASSERT_TRUE((*file)->sync());
    }

    ScrubReport scrub() {
        ScrubRun wanted;
        lost_.clear();
        wanted.lost = [this](NamedBlob named) -> Task<void> {
            lost_.push_back(std::move(named.owner));
            co_return;
        };
        auto report = run(store_->scrub(std::move(wanted)));
        EXPECT_TRUE(report);
        return report.value_or(ScrubReport{});
    }

    std::vector<std::string> lost_;
};

TEST_F(ScrubTest, finds_nothing_where_nothing_is_wrong) {
    liveness_.put("a", *write(1, kSize));
    liveness_.put("b", *write(2, 100));

    const ScrubReport report = scrub();

    EXPECT_EQ(report.blobs, 2U);
    EXPECT_EQ(report.bytes, kSize + 100);
    EXPECT_EQ(report.shards_rewritten, 0U);
    EXPECT_EQ(report.not_checked, 0U);
}

TEST_F(ScrubTest, repairs_damage_that_no_reader_has_met) {
    const BlobRef ref = *write(1, kSize);
    liveness_.put("a", ref);
    const BlobLayout layout = *decode_ref(ref);
    for (std::size_t stripe = 0; stripe < layout.stripes.size(); ++stripe) {
        const PageRange& place = layout.stripes[stripe].main;
        damage(stripe % kZones, place.segment, place.offset() + 1000);
        damage(
            stripe % kZones, place.segment, place.offset() + (place.pages * kPageBytes / 2) + 70);
    }

    const ScrubReport report = scrub();

    EXPECT_EQ(report.shards_rewritten, 2 * layout.stripes.size());
    EXPECT_EQ(report.lost, 0U);
    EXPECT_EQ(scrub().shards_rewritten, 0U);
    EXPECT_EQ(check_without_each(ref, 1, kSize), "");
}

TEST_F(ScrubTest, names_what_cannot_be_repaired_and_says_corrupt_to_its_reader) {
    const BlobRef good = *write(1, kSize);
    const BlobRef bad = *write(2, kSize);
    liveness_.put("good", good);
    liveness_.put("bad", bad);
    const PageRange place = decode_ref(bad)->stripes[1].main;
    damage(0, place.segment, place.offset() + 1000);
    damage(1, place.segment, place.offset() + 1000);
    damage(2, place.segment, place.offset() + 1000);

    const ScrubReport report = scrub();

    EXPECT_EQ(report.lost, 1U);
    EXPECT_THAT(lost_, testing::ElementsAre("bad"));
    EXPECT_EQ(store_->status().lost, 1U);
    EXPECT_EQ(store_->status().under_protected, 1U);
    EXPECT_THAT(check(bad, 2, kSize), testing::StartsWith("Corrupt"));
    EXPECT_EQ(check(bad, 2, {0, 1000}), "");
    EXPECT_EQ(check(good, 1, kSize), "");

    liveness_.put("bad", *write(2, kSize));
    run(remove_now(bad));
    EXPECT_EQ(store_->status().lost, 0U) << "somebody had its bytes";
    EXPECT_EQ(store_->status().under_protected, 0U);
    EXPECT_EQ(scrub().lost, 0U);
}

TEST_F(ScrubTest, completes_what_was_written_without_a_zone) {
    options_.heal_every = std::chrono::hours(1);
    close();
    open();
    faults_.set(zone_path(1) + "/blobs", {.no_space = true});
    const BlobRef ref = *write(1, kSize);
    liveness_.put("a", ref);
    ASSERT_TRUE(decode_ref(ref)->is_degraded());
    faults_.clear(zone_path(1) + "/blobs");

    const ScrubReport report = scrub();

    EXPECT_EQ(report.completed, 1U);
    EXPECT_FALSE(decode_ref(liveness_.at("a"))->is_degraded());
    EXPECT_EQ(check_without_each(liveness_.at("a"), 1, kSize), "");
}

TEST_F(ScrubTest, names_a_row_whose_reference_is_none) {
    liveness_.put("a", *write(1, 100));
    liveness_.put("b", BlobRef("nonsense"));

    EXPECT_EQ(scrub().lost, 1U);
    EXPECT_THAT(lost_, testing::ElementsAre("b"));
}

TEST_F(ScrubTest, goes_on_where_one_had_come_to) {
    const std::vector<std::string> owners{"a", "b", "c", "d"};
    for (std::size_t i = 0; i < owners.size(); ++i) {
        liveness_.put(owners[i], *write(i, 100'000));
    }
    ScrubRun first;
    std::string place;
    ScrubReport found;
    first.checkpoint = [&](const ScrubReport& so_far, std::string to) -> Task<void> {
        place = std::move(to);
        found = so_far;
        co_return;
    };
    ASSERT_TRUE(run(store_->scrub(first)));
    ASSERT_EQ(found.blobs, 2U);
    const PageRange behind = decode_ref(liveness_.at("a"))->stripes[0].main;
    damage(0, behind.segment, behind.offset() + 1000);

    ScrubRun second;
    second.from = place;
    second.so_far = found;
    const auto report = run(store_->scrub(second));

    ASSERT_TRUE(report);
    EXPECT_EQ(report->blobs, 4U);
    EXPECT_EQ(report->bytes, 400'000U);
    EXPECT_EQ(report->shards_rewritten, 0U) << "what lies behind the place is not read again";
    EXPECT_GT(scrub().shards_rewritten, 0U);
}

TEST_F(ScrubTest, ends_when_the_store_stops_however_slow_it_is) {
    for (std::size_t i = 0; i < 6; ++i) {
        liveness_.put(std::to_string(i), *write(i, 100'000));
    }
    ScrubRun slow;
    slow.bytes_per_second = 1;
    runtime::OneShot<bool> begun;
    slow.progress = [&begun](double) { begun.set(true); };
    Result<ScrubReport> outcome;
    runtime::TaskGroup group;

    struct Scrubber {
        static Task<void> scrub(ZonedBlobStore* store, ScrubRun run, Result<ScrubReport>* outcome) {
            *outcome = co_await store->scrub(std::move(run));
        }

        static Task<void> wait(runtime::OneShot<bool> shot) { co_await shot.wait(); }
    };

    group.spawn(threads_.executor(0), Scrubber::scrub(store_.get(), slow, &outcome));
    run(Scrubber::wait(begun));

    run(zones_->stop());
    run(store_->stop());
    run(group.join());

    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::Unavailable);
}

/// A power cut takes what was not synced; what was acknowledged must be there.
TEST_F(ScrubTest, finds_everything_after_a_power_cut) {
    close();
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        faults_.set(zone_path(zone), {.track_unsynced = true});
    }
    open();
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        liveness_.put(std::to_string(seed), *write(seed, 900'000));
    }
    close();

    for (std::size_t zone = 0; zone < kZones; ++zone) {
        ASSERT_TRUE(faults_.crash(zone_path(zone), {.survivors_seed = zone}));
        faults_.clear(zone_path(zone));
    }
    open();

    EXPECT_EQ(scrub().shards_rewritten, 0U);
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        EXPECT_EQ(check(liveness_.at(std::to_string(seed)), seed, 900'000), "");
    }
}

}  // namespace
}  // namespace antipode::blob
