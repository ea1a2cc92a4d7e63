#include "lifecycle/walk.h"

#include "lifecycle/lifecycle_harness.h"

namespace antipode::lifecycle {
namespace {

class Walking : public RegionWithRules {
  protected:
    Figures walk(const std::string& bucket, std::string after_key = {}) {
        Figures sum;
        BucketWalk walk{.bucket = find(bucket),
                        .after_key = std::move(after_key),
                        .refused = [this](const Error& error) { refusals_.push_back(error); },
                        .pause = {}};
        walk.pause = [this, &sum](Figures done, std::string behind_key) {
            return note(sum, done, std::move(behind_key));
        };
        const auto walked = run(walk_bucket(tools(), std::move(walk)));
        EXPECT_TRUE(walked) << walked.error().message;
        return sum;
    }

    Task<bool> note(Figures& sum, Figures done, std::string behind_key) {
        sum += done;
        places_.push_back(std::move(behind_key));
        if (in_pause_) {
            co_await std::exchange(in_pause_, {})();
        }
        co_return true;
    }

    Task<void> overwrite(std::string bucket, std::string key) {
        object::PutObjectRequest request;
        request.bucket = BucketName(std::move(bucket));
        request.key = std::move(key);
        static_cast<void>(co_await objects_->put_object(owner_, std::move(request)));
    }

    Task<void> take_rules_back(std::string bucket) {
        static_cast<void>(co_await buckets_->put_bucket_lifecycle(
            owner_, BucketName(std::move(bucket)), {}, false));
    }

    std::function<Task<void>()> in_pause_;
    std::vector<std::string> places_;
    std::vector<Error> refusals_;
};

TEST_F(Walking, deletes_what_is_old_enough_and_leaves_what_is_not) {
    make_bucket("bucket", {expiring(2, "logs/")});
    put("bucket", "logs/old");
    put("bucket", "logs/written-again");
    put("bucket", "other");
    sleep_until_midnight();
    put("bucket", "logs/written-again");
    sleep_until_midnight();
    sleep_until_midnight();

    const Figures figures = walk("bucket");
    EXPECT_EQ(shown("bucket"), "logs/written-again* other*");
    EXPECT_EQ(figures.expired, 1U);
    EXPECT_EQ(figures.looked_at, 2U) << "what no prefix means is not even looked at";
    EXPECT_EQ(walk("bucket").expired, 0U);
    sleep_until_midnight();
    EXPECT_EQ(walk("bucket").expired, 1U);
    EXPECT_EQ(shown("bucket"), "other*");
}

TEST_F(Walking, leaves_what_is_under_retention_and_says_so) {
    make_bucket("bucket", {expiring(1)});
    put("bucket", "k");
    ASSERT_TRUE(run(buckets_->change_retention(
        owner_, BucketName("bucket"), {.step = RetentionStep::Initiate, .id = {}, .days = 3})));
    ASSERT_TRUE(run(buckets_->change_retention(
        owner_, BucketName("bucket"), {.step = RetentionStep::Complete, .id = {}})));
    sleep_until_midnight();
    sleep_until_midnight();

    EXPECT_EQ(walk("bucket").refused, 1U);
    EXPECT_EQ(shown("bucket"), "k*");
    ASSERT_EQ(refusals_.size(), 1U);
    EXPECT_EQ(refusals_[0].code, ErrorCode::ObjectImmutable);
    let_pass(std::chrono::hours(3 * 24));  // Retention has no short days.
    EXPECT_EQ(walk("bucket").expired, 1U);
}

TEST_F(Walking, does_nothing_without_rules) {
    make_bucket("bucket", {});
    put("bucket", "k");
    let_pass(100 * kDay);

    EXPECT_EQ(walk("bucket"), Figures{});
    EXPECT_EQ(shown("bucket"), "k*");
}

TEST_F(Walking, puts_one_marker_upon_what_is_old_in_versioned_buckets) {
    make_bucket("bucket", {expiring(1)}, Versioning::Enabled);
    put("bucket", "k");
    put("bucket", "k");
    let_pass(3 * kDay);

    EXPECT_EQ(walk("bucket").expired, 1U);
    EXPECT_EQ(shown("bucket"), "k*! k k");
    EXPECT_EQ(versions("bucket")[0].version.owner.str(), "1001");
    let_pass(3 * kDay);
    EXPECT_EQ(walk("bucket").expired, 0U) << "a marker does not expire";
}

TEST_F(Walking, replaces_the_null_version_by_a_marker_where_versioning_is_suspended) {
    make_bucket("bucket", {expiring(1)}, Versioning::Suspended);
    put("bucket", "k");
    let_pass(3 * kDay);

    EXPECT_EQ(walk("bucket").expired, 1U);
    EXPECT_EQ(shown("bucket"), "k*!");
}

TEST_F(Walking, removes_noncurrent_versions_but_the_newest_in_pages_of_any_size) {
    LifecycleRule rule;
    rule.id = "noncurrent";
    rule.noncurrent_expiration = {.days = 1, .kept = 2};
    for (const std::size_t page : {1U, 2U, 3U, 5U, 100U}) {
        const std::string bucket = "bucket-" + std::to_string(page);
        page_ = page;
        make_bucket(bucket, {rule}, Versioning::Enabled);
        for (const char* key : {"a", "b", "b", "b", "b", "b", "c", "c", "c"}) {
            put(bucket, key);
        }
        EXPECT_EQ(walk(bucket).versions_removed, 0U) << "they are young";
        let_pass(3 * kDay);

        EXPECT_EQ(walk(bucket).versions_removed, 2U) << page;
        EXPECT_EQ(shown(bucket), "a* b* b b c* c c") << page;
    }
}

TEST_F(Walking, counts_the_age_of_a_noncurrent_version_from_its_successor) {
    LifecycleRule rule;
    rule.id = "noncurrent";
    rule.noncurrent_expiration = {.days = 1, .kept = 0};
    make_bucket("bucket", {rule}, Versioning::Enabled);
    put("bucket", "k");
    let_pass(10 * kDay);
    put("bucket", "k");

    EXPECT_EQ(walk("bucket").versions_removed, 0U) << "old, but noncurrent since now";
    let_pass(3 * kDay);
    EXPECT_EQ(walk("bucket").versions_removed, 1U);
    EXPECT_EQ(shown("bucket"), "k*");
}

TEST_F(Walking, removes_markers_that_are_alone_in_pages_of_any_size) {
    LifecycleRule rule;
    rule.id = "markers";
    rule.removes_lone_markers = true;
    for (const std::size_t page : {1U, 2U, 3U, 100U}) {
        const std::string bucket = "bucket-" + std::to_string(page);
        page_ = page;
        make_bucket(bucket, {rule}, Versioning::Enabled);
        for (const char* key : {"a", "b", "c"}) {
            const ObjectVersion version = put(bucket, key);
            remove(bucket, key);
            if (key != std::string("b")) {
                remove(bucket, key, version.version_id());
            }
        }

        EXPECT_EQ(walk(bucket).markers_removed, 2U) << page;
        EXPECT_EQ(shown(bucket), "b*! b") << page;
    }
}

TEST_F(Walking, moves_to_another_class_and_keeps_the_time) {
    LifecycleRule rule;
    rule.id = "move";
    rule.transitions = {{.when = {.days = 1, .date_ms = {}}}};
    rule.noncurrent_transitions = {{.when = {.days = 2, .kept = 0}}};
    make_bucket("bucket", {rule}, Versioning::Enabled);
    put("bucket", "k");
    const ObjectVersion latest = put("bucket", "k");
    sleep_until_midnight();
    sleep_until_midnight();

    EXPECT_EQ(walk("bucket").moved, 1U);
    ObjectVersion moved = versions("bucket")[0].version;
    EXPECT_EQ(moved.attributes.storage_class, StorageClass::InfrequentAccess);
    EXPECT_EQ(moved.last_modified_ms, latest.last_modified_ms);
    EXPECT_EQ(moved.version_id(), latest.version_id());
    EXPECT_EQ(versions("bucket")[1].version.attributes.storage_class, StorageClass::Standard);
    let_pass(2 * kDay);
    EXPECT_EQ(walk("bucket").moved, 1U);
    EXPECT_EQ(versions("bucket")[1].version.attributes.storage_class,
              StorageClass::InfrequentAccess);
    EXPECT_EQ(walk("bucket").moved, 0U);
}

TEST_F(Walking, ends_old_uploads) {
    LifecycleRule rule;
    rule.id = "uploads";
    rule.abort_uploads = LifecycleTime{.days = 1, .date_ms = {}};
    make_bucket("bucket", {rule});
    page_ = 2;
    const auto begin = [this](const std::string& key) {
        object::CreateUploadRequest request{.bucket = BucketName("bucket"), .key = key};
        ASSERT_TRUE(run(objects_->create_upload(owner_, std::move(request))));
    };
    for (const char* key : {"a", "a", "b", "c", "c"}) {
        begin(key);
    }
    let_pass(3 * kDay);
    begin("young");

    EXPECT_EQ(walk("bucket").uploads_aborted, 5U);
    object::ListUploadsRequest request;
    request.bucket = BucketName("bucket");
    const auto left = run(objects_->list_uploads(owner_, std::move(request)));
    ASSERT_EQ(left->uploads.size(), 1U);
    EXPECT_EQ(left->uploads[0].key, "young");
}

TEST_F(Walking, leaves_what_is_overwritten_after_it_was_looked_at) {
    for (const Versioning versioning : {Versioning::Unversioned, Versioning::Enabled}) {
        const std::string bucket = versioning == Versioning::Enabled ? "versioned" : "unversioned";
        make_bucket(bucket, {expiring(1)}, versioning);
        put(bucket, "a");
        put(bucket, "b");
        let_pass(3 * kDay);
        page_ = 1;
        in_pause_ = [this, &bucket] { return overwrite(bucket, "a"); };

        const Figures figures = walk(bucket);
        EXPECT_EQ(figures.changed_meanwhile, 1U) << bucket;
        EXPECT_EQ(figures.expired, 1U);
        EXPECT_TRUE(shown(bucket).starts_with("a*")) << shown(bucket);
        EXPECT_FALSE(shown(bucket).starts_with("a*!"));
        EXPECT_TRUE(refusals_.empty());
    }
}

TEST_F(Walking, stops_when_the_rules_are_taken_back) {
    make_bucket("bucket", {expiring(1)});
    for (const char* key : {"a", "b", "c", "d"}) {
        put("bucket", key);
    }
    let_pass(3 * kDay);
    page_ = 2;
    in_pause_ = [this] { return take_rules_back("bucket"); };

    EXPECT_EQ(walk("bucket").expired, 1U) << "the second of the page waits for what follows it";
    EXPECT_EQ(shown("bucket"), "b* c* d*");
}

TEST_F(Walking, tells_how_far_it_is_and_goes_on_behind_it) {
    make_bucket("bucket", {expiring(1)});
    for (const char* key : {"a", "b", "c", "d"}) {
        put("bucket", key);
    }
    let_pass(3 * kDay);
    page_ = 2;

    EXPECT_EQ(walk("bucket", "b").expired, 2U);
    EXPECT_EQ(shown("bucket"), "a* b*");
    ASSERT_FALSE(places_.empty());
    EXPECT_EQ(places_.back(), "d");
}

}  // namespace
}  // namespace antipode::lifecycle
