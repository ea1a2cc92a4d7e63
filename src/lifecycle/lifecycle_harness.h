#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "blob/memory_blob_store.h"
#include "catalog/catalog.h"
#include "index/memory_store.h"
#include "lifecycle/walk.h"
#include "object/service.h"
#include "runtime/run_to_end.h"
#include "runtime/sim_executor.h"

/// For tests of this room only: a region on the reference engines, in simulated time. A day of its
/// rules has 1,000 seconds.
namespace antipode::lifecycle {

/// Takes no commit of a bucket's partition after a while, as when two zones are lost.
class TiringStore final : public index::MemoryStore {
  public:
    Task<Result<std::uint64_t>> commit(index::PartitionId partition,
                                       index::Commit change) override {
        if (partition.str() != "root" && left && (*left)-- == 0) {
            left = 0;
            co_return fail(ErrorCode::Unavailable, "two zones are out");
        }
        co_return co_await MemoryStore::commit(std::move(partition), std::move(change));
    }

    std::optional<std::uint64_t> left;  ///< Commits that are still taken; nothing = all.
};

class RegionWithRules : public ::testing::Test {
  protected:
    static constexpr runtime::Duration kDay = std::chrono::seconds(1000);

    void SetUp() override {
        open();
        owner_.principal = {.account = AccountId("1001"), .access_key = "k", .is_root = false};
    }

    /// Also after a restart: rows and bytes are there again.
    void open() {
        catalog_.emplace(index_, catalog::CatalogOptions{.region = "cn-hangzhou"});
        ASSERT_TRUE(run(catalog_->load()));
        objects_ = object::make_object_service(*catalog_, blobs_);
        buckets_ = object::make_bucket_service(*catalog_);
    }

    template <typename T>
    T run(Task<T> task) {
        return runtime::run_to_end(executor_, std::move(task));
    }

    void let_pass(runtime::Duration time) {
        executor_.post_after(time, [] {});  // Time stands still when nothing is due.
        executor_.run(time);
    }

    /// To just behind the next midnight.
    void sleep_until_midnight() {
        const auto now = run(wall_now());
        const auto day_ms = std::chrono::duration_cast<std::chrono::milliseconds>(kDay).count();
        let_pass(std::chrono::milliseconds(day_ms - now % day_ms + 1));
    }

    std::int64_t now_ms() { return run(wall_now()); }

    void make_bucket(const std::string& name,
                     const LifecycleRules& rules,
                     Versioning versioning = Versioning::Unversioned) {
        object::CreateBucketRequest request;
        request.name = BucketName(name);
        ASSERT_TRUE(run(buckets_->create_bucket(owner_, std::move(request))));
        if (versioning != Versioning::Unversioned) {
            ASSERT_TRUE(run(buckets_->put_bucket_versioning(owner_, BucketName(name), versioning)));
        }
        set_rules(name, rules);
    }

    void set_rules(const std::string& name, const LifecycleRules& rules) {
        ASSERT_TRUE(run(buckets_->put_bucket_lifecycle(owner_, BucketName(name), rules, false)));
    }

    ObjectVersion put(const std::string& bucket, const std::string& key) {
        object::PutObjectRequest request;
        request.bucket = BucketName(bucket);
        request.key = key;
        request.body = std::make_unique<runtime::MemorySource>(to_bytes("content"));
        return run(objects_->put_object(owner_, std::move(request))).value().version;
    }

    void remove(const std::string& bucket,
                const std::string& key,
                std::optional<std::string> id = {}) {
        object::DeleteObjectRequest request{
            .bucket = BucketName(bucket), .key = key, .version_id = std::move(id)};
        ASSERT_TRUE(run(objects_->delete_object(owner_, std::move(request))));
    }

    std::vector<object::VersionEntry> versions(const std::string& bucket) {
        object::ListVersionsRequest request;
        request.bucket = BucketName(bucket);
        return run(objects_->list_versions(owner_, std::move(request))).value().versions;
    }

    /// "a a* b!": keys, the latest with a star, markers with an exclamation mark.
    std::string shown(const std::string& bucket) {
        std::string out;
        for (const object::VersionEntry& entry : versions(bucket)) {
            out += (out.empty() ? "" : " ") + entry.version.key + (entry.is_latest ? "*" : "") +
                   (entry.version.is_delete_marker ? "!" : "");
        }
        return out;
    }

    static LifecycleRule expiring(std::uint32_t days, std::string prefix = {}) {
        LifecycleRule rule;
        rule.id = "expiring";
        rule.prefix = std::move(prefix);
        rule.expiration = LifecycleTime{.days = days, .date_ms = {}};
        return rule;
    }

    Tools tools() { return {.objects = *objects_, .day = kDay, .page = page_}; }

    std::shared_ptr<catalog::OpenBucket> find(const std::string& bucket) {
        return catalog_->find_bucket(BucketName(bucket));
    }

    static Task<std::int64_t> wall_now() {
        co_return runtime::Executor::current().wall_now().time_since_epoch().count();
    }

    runtime::SimExecutor executor_{1};
    TiringStore index_;
    blob::MemoryBlobStore blobs_;
    std::optional<catalog::Catalog> catalog_;
    std::unique_ptr<object::ObjectService> objects_;
    std::unique_ptr<object::BucketService> buckets_;
    object::Caller owner_;
    std::size_t page_ = 100;
};

}  // namespace antipode::lifecycle
