#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

// What is done only to a version as it was seen (lifecycle does everything in this way).
namespace antipode::object {
namespace {

const BucketName kBucket("bucket");

class SeenVersions : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(run(catalog_.load()));
        owner_.principal = {.account = AccountId("1001"), .access_key = "k", .is_root = false};
        CreateBucketRequest request;
        request.name = kBucket;
        ASSERT_TRUE(run(buckets_->create_bucket(owner_, std::move(request))));
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    void make_versioned() {
        ASSERT_TRUE(run(buckets_->put_bucket_versioning(owner_, kBucket, Versioning::Enabled)));
    }

    ObjectVersion put(const std::string& content) {
        PutObjectRequest request;
        request.bucket = kBucket;
        request.key = "k";
        request.body = std::make_unique<runtime::MemorySource>(to_bytes(content));
        return run(objects_->put_object(owner_, std::move(request))).value().version;
    }

    Result<Deleted> remove(std::optional<std::string> id, std::optional<SeenVersion> seen = {}) {
        DeleteObjectRequest request{
            .bucket = kBucket, .key = "k", .version_id = std::move(id), .seen = std::move(seen)};
        return run(objects_->delete_object(owner_, std::move(request)));
    }

    std::vector<VersionEntry> versions() {
        ListVersionsRequest request;
        request.bucket = kBucket;
        return run(objects_->list_versions(owner_, std::move(request))).value().versions;
    }

    static void expect_refused(const Result<Deleted>& deleted) {
        ASSERT_FALSE(deleted);
        EXPECT_EQ(deleted.error().code, ErrorCode::PreconditionFailed);
    }

    runtime::SimExecutor executor_{1};
    index::MemoryStore index_;
    blob::MemoryBlobStore blobs_;
    catalog::Catalog catalog_{index_, {.region = "cn-hangzhou"}};
    std::unique_ptr<ObjectService> objects_ = make_object_service(catalog_, blobs_);
    std::unique_ptr<BucketService> buckets_ = make_bucket_service(catalog_);
    Caller owner_;
};

TEST_F(SeenVersions, are_deleted_unless_they_were_overwritten) {
    const ObjectVersion first = put("first");
    const ObjectVersion second = put("second");

    expect_refused(remove({}, SeenVersion{.version = first}));
    EXPECT_EQ(versions().size(), 1U);
    EXPECT_TRUE(remove({}, SeenVersion{.version = second}));
    EXPECT_TRUE(versions().empty());
    expect_refused(remove({}, SeenVersion{.version = second}));
}

TEST_F(SeenVersions, get_a_marker_unless_something_newer_is_there) {
    make_versioned();
    const ObjectVersion first = put("first");
    const ObjectVersion second = put("second");

    expect_refused(remove({}, SeenVersion{.version = first}));
    EXPECT_EQ(versions().size(), 2U);
    EXPECT_TRUE(remove({}, SeenVersion{.version = second}));
    ASSERT_EQ(versions().size(), 3U);
    EXPECT_TRUE(versions()[0].version.is_delete_marker);
}

TEST_F(SeenVersions, that_were_not_the_latest_stay_when_they_have_become_it) {
    make_versioned();
    const ObjectVersion first = put("first");
    const ObjectVersion second = put("second");
    const SeenVersion noncurrent{.version = first, .is_latest = false};
    ASSERT_TRUE(remove(second.version_id()));

    expect_refused(remove(first.version_id(), noncurrent));
    put("third");
    EXPECT_TRUE(remove(first.version_id(), noncurrent));
    EXPECT_EQ(versions().size(), 1U);
}

TEST_F(SeenVersions, that_are_markers_stay_when_they_are_not_alone) {
    make_versioned();
    const ObjectVersion first = put("first");
    ASSERT_TRUE(remove({}));
    const SeenVersion marker{.version = versions()[0].version, .is_latest = true, .is_alone = true};

    expect_refused(remove(marker.version.version_id(), marker));
    ASSERT_TRUE(remove(first.version_id()));
    EXPECT_TRUE(remove(marker.version.version_id(), marker));
    EXPECT_TRUE(versions().empty());
}

TEST_F(SeenVersions, change_their_class_and_keep_everything_else) {
    const ObjectVersion first = put("first");
    const auto changed =
        run(objects_->change_class(owner_, kBucket, first, StorageClass::InfrequentAccess));

    ASSERT_TRUE(changed) << changed.error().message;
    ObjectVersion expected = first;
    expected.attributes.storage_class = StorageClass::InfrequentAccess;
    expected.attributes_order = changed->version.attributes_order;
    EXPECT_EQ(changed->version, expected);
    EXPECT_GT(changed->version.attributes_order, first.attributes_order);
    EXPECT_EQ(versions()[0].version, expected);
}

TEST_F(SeenVersions, keep_their_class_when_they_have_changed_meanwhile) {
    const ObjectVersion first = put("first");
    const ObjectVersion second = put("second");
    VersionName name{.bucket = kBucket, .key = "k", .version_id = {}};
    ASSERT_TRUE(run(objects_->put_object_tags(owner_, name, NamedValues{{"keep", "1"}})));

    for (const ObjectVersion& seen : {first, second}) {
        const auto changed =
            run(objects_->change_class(owner_, kBucket, seen, StorageClass::InfrequentAccess));
        ASSERT_FALSE(changed);
        EXPECT_EQ(changed.error().code, ErrorCode::PreconditionFailed);
    }
    EXPECT_EQ(versions()[0].version.attributes.storage_class, StorageClass::Standard);
}

}  // namespace
}  // namespace antipode::object
