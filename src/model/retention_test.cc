#include "model/retention.h"

#include <gtest/gtest.h>

#include "model/bucket.h"

namespace antipode {
namespace {

constexpr std::int64_t kHour = 3600LL * 1000;
constexpr std::int64_t kDay = 24 * kHour;

TEST(Retention, keeps_an_object_for_its_days) {
    const Retention locked{.id = "r", .days = 2, .created_ms = 0, .is_locked = true};

    EXPECT_TRUE(locked.keeps(10 * kDay, 12 * kDay - 1));
    EXPECT_FALSE(locked.keeps(10 * kDay, 12 * kDay));
    EXPECT_TRUE(locked.keeps(-kDay, kDay - 1)) << "also what was there before it";
}

TEST(Retention, lapses_after_a_day_unless_it_is_locked) {
    Retention retention{.id = "r", .days = 100, .created_ms = kDay, .is_locked = false};

    EXPECT_TRUE(retention.keeps(0, 2 * kDay - 1));
    EXPECT_FALSE(retention.keeps(0, 2 * kDay));
    EXPECT_FALSE(retention.is_in_force(2 * kDay));
    retention.is_locked = true;
    EXPECT_TRUE(retention.keeps(0, 2 * kDay));
}

TEST(Retention, of_a_bucket_is_about_objects_not_about_markers) {
    Bucket bucket;
    ObjectVersion version;
    EXPECT_FALSE(bucket.retains(version, 0)) << "there is none";
    bucket.retention = Retention{.id = "r", .days = 1, .created_ms = 0, .is_locked = true};

    EXPECT_TRUE(bucket.retains(version, 0));
    version.is_delete_marker = true;
    EXPECT_FALSE(bucket.retains(version, 0));
}

TEST(Retention, is_made_taken_back_locked_and_made_longer_but_not_shorter) {
    std::optional<Retention> there;
    const auto change = [&there](RetentionStep step, std::string id, std::uint32_t days = 0) {
        const RetentionChange request{.step = step, .id = std::move(id), .days = days};
        const auto done = change_retention(there, request, kDay);
        return done ? ErrorCode::Internal : done.error().code;
    };
    constexpr auto kDone = ErrorCode::Internal;

    EXPECT_EQ(change(RetentionStep::Complete, "a"), ErrorCode::NoSuchConfiguration);
    EXPECT_EQ(change(RetentionStep::Initiate, "a", 0), ErrorCode::InvalidArgument);
    EXPECT_EQ(change(RetentionStep::Initiate, "a", kRetentionDaysMax + 1),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(change(RetentionStep::Initiate, "a", 2), kDone);
    EXPECT_EQ(change(RetentionStep::Initiate, "b", 2), ErrorCode::ObjectAlreadyExists);
    EXPECT_EQ(change(RetentionStep::Extend, "a", 3), ErrorCode::InvalidRequest);
    EXPECT_EQ(change(RetentionStep::Abort, ""), kDone);
    EXPECT_FALSE(there);
    EXPECT_EQ(change(RetentionStep::Initiate, "b", 2), kDone);
    EXPECT_EQ(change(RetentionStep::Complete, "a"), ErrorCode::NoSuchConfiguration);
    EXPECT_EQ(change(RetentionStep::Complete, "b"), kDone);
    EXPECT_EQ(change(RetentionStep::Complete, "b"), kDone) << "a client may repeat it";
    EXPECT_EQ(change(RetentionStep::Abort, ""), ErrorCode::ObjectImmutable);
    EXPECT_EQ(change(RetentionStep::Extend, "b", 2), ErrorCode::InvalidArgument);
    EXPECT_EQ(change(RetentionStep::Extend, "b", 3), kDone);
    EXPECT_EQ(there, (Retention{.id = "b", .days = 3, .created_ms = kDay, .is_locked = true}));
}

}  // namespace
}  // namespace antipode
