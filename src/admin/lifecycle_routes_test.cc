#include "admin/lifecycle_routes.h"

#include "admin/admin_harness.h"
#include "blob/memory_blob_store.h"
#include "index/memory_store.h"
#include "object/service.h"
#include "runtime/run_to_end.h"

namespace antipode::admin {
namespace {

struct LifecycleOfRegion : Admin {
    LifecycleOfRegion() {
        EXPECT_TRUE(runtime::run_to_end(executor, catalog.load()));
        Bucket bucket;
        bucket.name = BucketName("bucket");
        bucket.owner = AccountId("1");
        const auto made = runtime::run_to_end(executor, catalog.create_bucket(std::move(bucket)));
        LifecycleRule rule;
        rule.id = "r";
        rule.dialect = RuleDialect::S3;
        rule.expiration = LifecycleTime{.days = {}, .date_ms = kDayMs};
        EXPECT_TRUE(runtime::run_to_end(executor, catalog.put_lifecycle(**made, {rule})));
        object::PutObjectRequest request;
        request.bucket = BucketName("bucket");
        request.key = "k";
        object::Caller owner;
        owner.principal = {.account = AccountId("1"), .access_key = "root", .is_root = true};
        EXPECT_TRUE(runtime::run_to_end(executor, objects->put_object(owner, std::move(request))));
        api.add("lifecycle", routes);
    }

    ~LifecycleOfRegion() override {
        daily.close();
        runtime::run_to_end(executor, daily.join());
    }

    index::MemoryStore index;
    blob::MemoryBlobStore blobs;
    catalog::Catalog catalog{index, {.region = "cn-hangzhou"}};
    std::unique_ptr<object::ObjectService> objects = object::make_object_service(catalog, blobs);
    lifecycle::Daily daily{catalog, {.objects = *objects}, runtime::Duration::zero()};
    LifecycleRoutes routes{daily};
};

TEST_F(LifecycleOfRegion, runs_when_it_is_asked_and_tells_what_it_did) {
    EXPECT_EQ(call("GET", "lifecycle").body.at("state"), "never");

    EXPECT_EQ(call("POST", "lifecycle").status, 200);
    executor.run(std::chrono::seconds(10));

    const Answered answered = call("GET", "lifecycle");
    EXPECT_EQ(answered.body.at("state"), "done");
    EXPECT_EQ(answered.body.at("buckets"), 1);
    EXPECT_EQ(answered.body.at("expired"), 1);
    EXPECT_EQ(answered.body.at("refused"), 0);
    EXPECT_EQ(answered.body.at("error"), "");
    EXPECT_EQ(call("DELETE", "lifecycle").status, 404);
}

TEST_F(LifecycleOfRegion, is_the_root_accounts) {
    EXPECT_EQ(send(signed_request("POST", "lifecycle", {}, "other")).status, 403);
    EXPECT_EQ(call("GET", "lifecycle").body.at("state"), "never");
}

}  // namespace
}  // namespace antipode::admin
