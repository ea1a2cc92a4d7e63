#include <gtest/gtest.h>

#include "blob/zoned/store_fixture.h"

namespace antipode::blob {
namespace {

using namespace std::chrono_literals;
using runtime::FileFaults;
using zone::ZoneState;

constexpr std::uint64_t kSize = 2'300'000;

class ZoneLossTest : public StoreFixture, public testing::WithParamInterface<std::size_t> {
  protected:
    std::size_t lost_ = GetParam();
    std::size_t one_ = (GetParam() + 1) % kZones;
    std::size_t other_ = (GetParam() + 2) % kZones;
};

INSTANTIATE_TEST_SUITE_P(EachZone, ZoneLossTest, testing::Values(0, 1, 2));

TEST_P(ZoneLossTest, reads_on_when_reads_fail) {
    const auto ref = write(1, kSize);

    faults_.set(zone_path(lost_) + "/blobs", {.fail_reads = true});

    EXPECT_EQ(check(*ref, 1, kSize), "");
    EXPECT_EQ(check(*ref, 1, {1'000'000, 100'000}), "");
}

TEST_P(ZoneLossTest, reads_on_when_the_zone_is_out) {
    const auto ref = write(1, kSize);

    force_out(lost_);

    EXPECT_EQ(check(*ref, 1, kSize), "");
    EXPECT_EQ(store_->status().under_protected, 1U);
}

TEST_P(ZoneLossTest, reads_on_when_bits_flip_and_writes_them_right) {
    const auto ref = write(1, kSize);
    liveness_.put("blob", *ref);
    faults_.set(zone_path(lost_) + "/blobs", {.flip_bit_in_one_of = 1});

    EXPECT_EQ(check(*ref, 1, kSize), "");

    faults_.clear(zone_path(lost_) + "/blobs");
    EXPECT_EQ(check_without_each(*ref, 1, kSize), "");
}

TEST_P(ZoneLossTest, writes_on_when_the_zone_fails_in_the_middle) {
    for (const FileFaults& faults : {FileFaults{.fail_writes = true},
                                     FileFaults{.fail_syncs = true},
                                     FileFaults{.read_only = true}}) {
        const int outages = outages_.of(lost_);

        const auto ref = write_with(1, kSize, [&] { set(lost_, faults); });

        ASSERT_TRUE(ref) << ref.error().message;
        EXPECT_TRUE(eventually([&] { return outages_.of(lost_) > outages; }));
        EXPECT_FALSE(zones_->is_member(lost_)) << "it cannot come back before it is healed";
        EXPECT_EQ(check(*ref, 1, kSize), "");
        heal(lost_);
        wait_for(lost_, ZoneState::Ok);
    }
}

TEST_P(ZoneLossTest, places_what_is_written_without_a_zone_so_that_each_survivor_has_all) {
    force_out(lost_);

    const auto ref = write(1, kSize);

    ASSERT_TRUE(ref) << ref.error().message;
    EXPECT_EQ(check(*ref, 1, kSize), "");
    EXPECT_EQ(check_alone(one_, *ref, 1, kSize), "");
    EXPECT_EQ(check_alone(other_, *ref, 1, kSize), "");
}

TEST_P(ZoneLossTest, completes_what_was_written_without_a_zone_when_it_is_back) {
    const auto before = write(1, kSize);
    liveness_.put("before", *before);
    const std::uint64_t used_by_one = store_->status().used_bytes;
    force_out(lost_);
    const auto without = write(2, kSize);
    liveness_.put("without", *without);
    EXPECT_GT(store_->status().used_bytes, 2 * used_by_one);

    heal(lost_);
    wait_for(lost_, ZoneState::Ok);

    EXPECT_EQ(check_without_each(liveness_.at("before"), 1, kSize), "");
    EXPECT_EQ(check_without_each(liveness_.at("without"), 2, kSize), "");
    EXPECT_NE(liveness_.at("without"), *without);
    EXPECT_EQ(store_->status().under_protected, 0U);
    EXPECT_TRUE(eventually([&] {
        run(reap_now());
        return store_->status().used_bytes == 2 * used_by_one;
    }));
}

TEST_P(ZoneLossTest, does_not_rewrite_what_is_intact_when_a_zone_comes_back) {
    liveness_.put("before", *write(1, kSize));
    force_out(lost_);

    heal(lost_);
    wait_for(lost_, ZoneState::Ok);

    EXPECT_EQ(store_->status().shards_healed, 0U);
}

TEST_P(ZoneLossTest, fills_an_empty_directory_that_replaces_a_zone) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        liveness_.put(std::to_string(seed), *write(seed, kSize));
    }
    remove_directory(lost_);
    liveness_.put("5", *write(5, kSize));

    ASSERT_TRUE(disk_->create_directories(zone_path(lost_)));
    wait_for(lost_, ZoneState::Ok);

    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        EXPECT_EQ(check_without_each(liveness_.at(std::to_string(seed)), seed, kSize), "") << seed;
    }
    EXPECT_EQ(store_->status().under_protected, 0U);
}

TEST_P(ZoneLossTest, is_filled_though_another_cannot_read_one_segment) {
    // The same bytes in every zone's first segment, the last blob's in another.
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        liveness_.put(std::to_string(seed), *write(seed, kSize));
    }
    remove_directory(lost_);
    const std::string unreadable = zone_path(one_) + "/blobs/segment-00000001";
    faults_.set(unreadable, {.fail_reads = true});

    ASSERT_TRUE(disk_->create_directories(zone_path(lost_)));
    wait_for(lost_, ZoneState::Ok);

    EXPECT_EQ(check_without_each(liveness_.at("4"), 4, kSize), "") << "what comes after it";
    EXPECT_GT(store_->status().under_protected, 0U) << "it is known that something is missing";
    faults_.clear(unreadable);
    EXPECT_TRUE(eventually([&] { return store_->status().under_protected == 0; }));
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        EXPECT_EQ(check_without_each(liveness_.at(std::to_string(seed)), seed, kSize), "") << seed;
    }
}

TEST_P(ZoneLossTest, is_not_called_filled_when_another_can_read_hardly_anything) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        liveness_.put(std::to_string(seed), *write(seed, 100'000));
    }
    remove_directory(lost_);
    faults_.set(zone_path(one_) + "/blobs", {.fail_reads = true});

    ASSERT_TRUE(disk_->create_directories(zone_path(lost_)));
    EXPECT_TRUE(eventually([&] {
        return zones_->status().at(lost_).reason.find("cannot read its shards") !=
               std::string::npos;
    })) << zones_->status().at(lost_).reason;
    faults_.clear(zone_path(one_) + "/blobs");
    wait_for(lost_, ZoneState::Ok);

    EXPECT_EQ(check_without_each(liveness_.at("7"), 7, 100'000), "");
    EXPECT_TRUE(eventually([&] { return store_->status().under_protected == 0; }));
}

Task<void> write_many(ZonedBlobStore* store,
                      TestLiveness* liveness,
                      std::atomic<bool>* stop,
                      std::atomic<int>* failures,
                      std::uint64_t* written) {
    while (!*stop) {
        const std::uint64_t seed = 1000 + *written;
        PatternSource body(seed, 300'000);
        const BlobHint hint{.size = 300'000};
        const auto blob = co_await store->write(body, hint);
        if (blob) {
            liveness->put(std::to_string(seed), blob->ref);
            ++*written;
        } else {
            ++*failures;
        }
    }
}

TEST_P(ZoneLossTest, fails_no_write_while_a_zone_goes_and_comes_back) {
    std::atomic<bool> stop = false;
    std::atomic<int> failures = 0;
    std::uint64_t written = 0;
    runtime::TaskGroup group;
    group.spawn(threads_.executor(1),
                write_many(store_.get(), &liveness_, &stop, &failures, &written));

    remove_directory(lost_);
    ASSERT_TRUE(disk_->create_directories(zone_path(lost_)));
    wait_for(lost_, ZoneState::Ok);
    stop = true;
    run(group.join());

    EXPECT_EQ(failures, 0);
    EXPECT_TRUE(eventually([&] { return store_->status().under_protected == 0; }));
    for (std::uint64_t seed = 1000; seed < 1000 + written; ++seed) {
        EXPECT_EQ(check_without_each(liveness_.at(std::to_string(seed)), seed, 300'000), "")
            << seed;
    }
}

TEST_P(ZoneLossTest, starts_without_the_zone_and_takes_it_back_later) {
    liveness_.put("blob", *write(1, kSize));
    close();
    set(lost_, {.fail_reads = true, .fail_writes = true, .fail_syncs = true});
    open();

    EXPECT_EQ(check(liveness_.at("blob"), 1, kSize), "");
    liveness_.put("more", *write(2, kSize));
    heal(lost_);
    wait_for(lost_, ZoneState::Ok);

    EXPECT_EQ(check_without_each(liveness_.at("blob"), 1, kSize), "");
    EXPECT_EQ(check_without_each(liveness_.at("more"), 2, kSize), "");
}

TEST_P(ZoneLossTest, refuses_writes_and_keeps_nothing_with_two_zones_out) {
    force_out(lost_);
    const auto ref = write(1, kSize);
    const std::uint64_t used = store_->status().used_bytes;
    force_out(one_);

    const auto refused = write(2, kSize);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(check(*ref, 1, kSize), "");
    EXPECT_TRUE(eventually([&] { return store_->status().used_bytes == used; }));
}

TEST_P(ZoneLossTest, says_unavailable_for_a_blob_that_two_lost_zones_hold) {
    const auto ref = write(1, kSize);
    force_out(lost_);
    force_out(one_);

    EXPECT_THAT(check(*ref, 1, kSize), testing::StartsWith("Unavailable"));
}

/// A zone that is only slow, as the store itself sees it (the ZoneSet is patient here).
class SlowZoneTest : public ZoneLossTest {
  protected:
    SlowZoneTest() {
        options_.disks.lag_min = 100ms;
        options_.disks.hedge_min = 50ms;
    }
};

INSTANTIATE_TEST_SUITE_P(EachZone, SlowZoneTest, testing::Values(0, 1, 2));

TEST_P(SlowZoneTest, reads_without_waiting_for_a_zone_that_hangs) {
    const auto ref = write(1, kSize);
    set(lost_, {.hang = true});

    const auto start = std::chrono::steady_clock::now();
    const std::string wrong = check(*ref, 1, kSize);
    const auto took = std::chrono::steady_clock::now() - start;

    EXPECT_EQ(wrong, "");
    EXPECT_LT(took, 4s);
}

TEST_P(SlowZoneTest, writes_on_without_a_zone_that_hangs) {
    ASSERT_TRUE(write(1, kSize));
    set(lost_, {.hang = true});

    const auto start = std::chrono::steady_clock::now();
    const auto first = write(2, kSize);
    const auto first_took = std::chrono::steady_clock::now() - start;
    const auto second = write(3, kSize);

    ASSERT_TRUE(first) << first.error().message;
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_LT(first_took, 4s);
    EXPECT_EQ(check(*first, 2, kSize), "");
    EXPECT_EQ(check_alone(one_, *first, 2, kSize), "");
    EXPECT_EQ(check_alone(other_, *first, 2, kSize), "");
    EXPECT_GE(store_->counters().blobs_degraded, 2U);
}

TEST_P(SlowZoneTest, completes_what_a_slow_zone_did_not_take_once_it_is_well) {
    faults_.set(zone_path(lost_) + "/blobs", {.delay = 5s});
    const auto ref = write(1, kSize);
    ASSERT_TRUE(ref) << ref.error().message;
    liveness_.put("blob", *ref);
    EXPECT_GE(store_->counters().blobs_degraded, 1U);

    faults_.clear(zone_path(lost_) + "/blobs");

    EXPECT_TRUE(eventually([&] { return store_->status().under_protected == 0; }));
    EXPECT_EQ(check_without_each(liveness_.at("blob"), 1, kSize), "");
}

TEST_P(SlowZoneTest, condemns_no_zone_when_all_are_slow) {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        faults_.set(zone_path(zone) + "/blobs", {.delay = 300ms});
    }

    const auto ref = write(1, 500'000);

    ASSERT_TRUE(ref) << ref.error().message;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        EXPECT_EQ(zones_->state(zone), ZoneState::Ok) << zone;
    }
}

class FullZoneTest : public ZoneLossTest {};

INSTANTIATE_TEST_SUITE_P(EachZone, FullZoneTest, testing::Values(0, 1, 2));

TEST_P(FullZoneTest, writes_on_without_the_one_zone_that_is_full_and_puts_it_out) {
    options_.disks.free_bytes_min = 1;
    close();
    open();
    set(lost_, {.no_space = true});

    const auto ref = write(1, kSize);

    ASSERT_TRUE(ref) << ref.error().message;
    EXPECT_EQ(check(*ref, 1, kSize), "");
    wait_for(lost_, ZoneState::Out);
    heal(lost_);
    wait_for(lost_, ZoneState::Ok);
}

TEST_F(StoreFixture, refuses_writes_but_reads_on_when_all_zones_are_full) {
    options_.disks.free_bytes_min = 1;
    close();
    open();
    const auto ref = write(1, kSize);
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        faults_.set(zone_path(zone) + "/blobs", {.no_space = true});
    }

    const auto refused = write(2, kSize);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Unavailable);
    EXPECT_EQ(check(*ref, 1, kSize), "");
    EXPECT_TRUE(eventually([&] { return store_->status().is_full; }));
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        EXPECT_EQ(zones_->state(zone), ZoneState::Ok) << zone;
        faults_.clear(zone_path(zone) + "/blobs");
    }
    EXPECT_TRUE(eventually([&] { return write(3, kSize).has_value(); }));
}

}  // namespace
}  // namespace antipode::blob
