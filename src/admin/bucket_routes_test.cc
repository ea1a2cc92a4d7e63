#include "admin/bucket_routes.h"

#include "admin/admin_harness.h"
#include "index/memory_store.h"
#include "runtime/run_to_end.h"

namespace antipode::admin {
namespace {

struct Buckets : Admin {
    Buckets() {
        EXPECT_TRUE(runtime::run_to_end(executor, catalog.load()));
        Bucket bucket;
        bucket.name = BucketName("here");
        bucket.owner = AccountId("1");
        EXPECT_TRUE(runtime::run_to_end(executor, catalog.create_bucket(std::move(bucket))));
        api.add("buckets", routes);
    }

    index::MemoryStore index;
    catalog::Catalog catalog{index, {.region = "cn-hangzhou"}};
    BucketRoutes routes{catalog};
};

TEST_F(Buckets, may_have_as_many_rules_as_an_administrator_says) {
    EXPECT_EQ(call("GET", "buckets/here").body.at("replication_rules_max"), 100);

    const Answered answered = call("POST", "buckets/here/quota", R"({"replication_rules":250})");

    EXPECT_EQ(answered.status, 200) << boost::json::serialize(answered.body);
    EXPECT_EQ(call("GET", "buckets/here").body.at("replication_rules_max"), 250);
}

TEST_F(Buckets, keep_their_quota_when_it_cannot_be) {
    EXPECT_EQ(call("POST", "buckets/here/quota", R"({"replication_rules":0})").status, 400);
    EXPECT_EQ(call("POST", "buckets/here/quota", R"({"replication_rules":1001})").status, 400);
    EXPECT_EQ(call("POST", "buckets/here/quota", R"({"rules":5})").status, 400);
    EXPECT_EQ(call("POST", "buckets/nowhere/quota", R"({"replication_rules":5})").status, 404);

    EXPECT_EQ(call("GET", "buckets/here").body.at("replication_rules_max"), 100);
}

}  // namespace
}  // namespace antipode::admin
