#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

class Buckets : public GatewayTest {
  protected:
    Answer make(const std::string& body, NamedValues headers = {}) {
        return ask(
            {.method = "PUT", .bucket = "bucket", .headers = std::move(headers), .body = body});
    }

    Answer ask_bucket(std::string method,
                      std::string query,
                      std::string body = {},
                      NamedValues headers = {}) {
        return ask({.method = std::move(method),
                    .bucket = "bucket",
                    .query = std::move(query),
                    .headers = std::move(headers),
                    .body = std::move(body)});
    }
};

TEST_F(Buckets, are_made_with_class_redundancy_and_acl_and_show_them) {
    const Answer made = make(
        "<CreateBucketConfiguration><StorageClass>IA</StorageClass>"
        "<DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>",
        {{"x-oss-acl", "public-read"}});

    const codec::XmlElement info = ask_bucket("GET", "bucketInfo").xml();

    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.header("Location"), "/bucket");
    ASSERT_EQ(info.name, "BucketInfo");
    const codec::XmlElement& bucket = *info.child("Bucket");
    EXPECT_EQ(bucket.child_text("Name"), "bucket");
    EXPECT_EQ(bucket.child_text("StorageClass"), "IA");
    EXPECT_EQ(bucket.child_text("DataRedundancyType"), "ZRS");
    EXPECT_EQ(bucket.child_text("Location"), "oss-cn-hangzhou");
    EXPECT_EQ(bucket.child_text("CrossRegionReplication"), "Disabled");
    EXPECT_EQ(bucket.child("AccessControlList")->child_text("Grant"), "public-read");
    EXPECT_EQ(bucket.child("Owner")->child_text("ID"), "1000");
    EXPECT_EQ(bucket.child("Versioning"), nullptr);
}

TEST_F(Buckets, may_be_made_again_with_the_same_settings_only) {
    make_bucket();

    EXPECT_EQ(make("").status, 200);
    const Answer other_class = make(
        "<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>");
    const Answer other_owner = ask_as_other({.method = "PUT", .bucket = "bucket"});

    EXPECT_EQ(other_class.status, 409);
    EXPECT_EQ(other_class.code(), "BucketAlreadyExists");
    EXPECT_EQ(other_owner.status, 409);
}

TEST_F(Buckets, are_not_made_from_a_wrong_document) {
    const auto with = [this](std::string_view inside) {
        return make("<CreateBucketConfiguration>" + std::string(inside) +
                    "</CreateBucketConfiguration>")
            .code();
    };

    EXPECT_EQ(with("<StorageClass>Cold</StorageClass>"), "InvalidArgument");
    EXPECT_EQ(with("<StorageClass>Archive</StorageClass>"), "NotImplemented");
    EXPECT_EQ(with("<DataRedundancyType>zrs</DataRedundancyType>"), "InvalidArgument");
    EXPECT_EQ(with("<LocationConstraint>oss-cn-beijing</LocationConstraint>"),
              "InvalidLocationConstraint");
    EXPECT_EQ(make("<Other/>").code(), "MalformedXML");
    EXPECT_EQ(make("<CreateBucketConfiguration>").code(), "MalformedXML");
    EXPECT_EQ(make("", {{"x-oss-acl", "open"}}).code(), "InvalidArgument");
    EXPECT_EQ(ask_bucket("GET", "bucketInfo").code(), "NoSuchBucket");
}

TEST_F(Buckets, are_deleted_only_when_empty) {
    make_bucket();
    put("k", "v");

    const Answer full = ask_bucket("DELETE", "");
    ask({.method = "DELETE", .bucket = "bucket", .key = "k"});
    const Answer empty = ask_bucket("DELETE", "");

    EXPECT_EQ(full.status, 409);
    EXPECT_EQ(full.code(), "BucketNotEmpty");
    EXPECT_EQ(empty.status, 204);
    EXPECT_EQ(ask_bucket("DELETE", "").code(), "NoSuchBucket");
}

TEST_F(Buckets, are_listed_in_pages_to_their_owner) {
    for (const char* name : {"b-1", "b-2", "b-3", "c-1"}) {
        make_bucket(name);
    }

    const codec::XmlElement all = ask({}).xml();
    const codec::XmlElement page = ask({.query = "prefix=b-&max-keys=2"}).xml();
    const codec::XmlElement rest = ask({.query = "prefix=b-&max-keys=2&marker=b-2"}).xml();

    EXPECT_EQ(all.child("Buckets")->children.size(), 4U);
    EXPECT_EQ(all.child("IsTruncated"), nullptr);
    EXPECT_EQ(page.child("Buckets")->children.size(), 2U);
    EXPECT_EQ(page.child_text("IsTruncated"), "true");
    EXPECT_EQ(page.child_text("NextMarker"), "b-2");
    ASSERT_EQ(rest.child("Buckets")->children.size(), 1U);
    EXPECT_EQ(rest.child("Buckets")->children[0].child_text("Name"), "b-3");
    EXPECT_EQ(rest.child("Buckets")->children[0].child_text("Region"), "cn-hangzhou");
    EXPECT_EQ(rest.child_text("IsTruncated"), "false");
    EXPECT_TRUE(ask_as_other({}).xml().child("Buckets")->children.empty());
    EXPECT_EQ(ask({}, Signed::Not).code(), "AccessDenied");
    EXPECT_EQ(ask({.query = "max-keys=1001"}).code(), "InvalidArgument");
}

TEST_F(Buckets, keep_their_configuration_from_others) {
    make_bucket();

    EXPECT_EQ(ask_as_other({.bucket = "bucket", .query = "bucketInfo"}).code(), "AccessDenied");
    EXPECT_EQ(ask_as_other({.bucket = "bucket", .query = "versioning"}).code(), "AccessDenied");
    EXPECT_EQ(ask_as_other({.bucket = "bucket", .query = "lifecycle"}).code(), "AccessDenied");
    EXPECT_EQ(ask_as_other({.method = "DELETE", .bucket = "bucket", .query = "cors"}).code(),
              "AccessDenied");
}

TEST_F(Buckets, change_their_acl) {
    make_bucket();

    EXPECT_EQ(ask_bucket("PUT", "acl", "", {{"x-oss-acl", "public-read-write"}}).status, 200);
    const codec::XmlElement acl = ask_bucket("GET", "acl").xml();

    EXPECT_EQ(acl.child("AccessControlList")->child_text("Grant"), "public-read-write");
    EXPECT_EQ(acl.child("Owner")->child_text("DisplayName"), "1000");
    EXPECT_EQ(ask_bucket("PUT", "acl").code(), "MissingArgument");
    EXPECT_EQ(ask_bucket("PUT", "acl", "", {{"x-oss-acl", "default"}}).code(), "InvalidArgument");
}

TEST_F(Buckets, are_versioned_suspended_and_never_unversioned_again) {
    make_bucket();
    const Answer never = ask_bucket("GET", "versioning");

    set_versioning("Enabled");
    const Answer enabled = ask_bucket("GET", "versioning");
    set_versioning("Suspended");
    const Answer suspended = ask_bucket("GET", "versioning");

    EXPECT_EQ(never.xml().child("Status"), nullptr);
    EXPECT_EQ(enabled.xml().child_text("Status"), "Enabled");
    EXPECT_EQ(suspended.xml().child_text("Status"), "Suspended");
}

TEST_F(Buckets, refuse_a_wrong_versioning_document) {
    make_bucket();
    const auto put_versioning = [this](const std::string& body) {
        return ask_bucket("PUT", "versioning", body);
    };

    const Answer empty =
        put_versioning("<VersioningConfiguration><Status></Status></VersioningConfiguration>");
    const Answer wrong = put_versioning(
        "<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>");

    EXPECT_EQ(empty.code(), "InvalidArgument");
    EXPECT_EQ(empty.ec(), "0012-00000003");
    EXPECT_EQ(wrong.code(), "InvalidArgument");
    EXPECT_EQ(put_versioning("<Versioning/>").code(), "MalformedXML");
    EXPECT_EQ(put_versioning("").code(), "MalformedXML");
}

TEST_F(Buckets, keep_tags) {
    make_bucket();
    const std::string two =
        "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value/></Tag></"
        "TagSet></Tagging>";

    EXPECT_EQ(ask_bucket("PUT", "tagging", two).status, 200);
    const Answer both = ask_bucket("GET", "tagging");
    EXPECT_EQ(ask_bucket("DELETE", "tagging=a").status, 204);
    const Answer one = ask_bucket("GET", "tagging");
    EXPECT_EQ(ask_bucket("DELETE", "tagging").status, 204);
    const Answer none = ask_bucket("GET", "tagging");

    EXPECT_EQ(both.xml().child("TagSet")->children.size(), 2U);
    ASSERT_EQ(one.xml().child("TagSet")->children.size(), 1U);
    EXPECT_EQ(one.xml().child("TagSet")->children[0].child_text("Key"), "b");
    EXPECT_TRUE(none.xml().child("TagSet")->children.empty());
}

TEST_F(Buckets, refuse_wrong_tags) {
    make_bucket();
    const auto put_tags = [this](const std::string& inside) {
        return ask_bucket("PUT", "tagging", "<Tagging><TagSet>" + inside + "</TagSet></Tagging>")
            .code();
    };
    std::string many;
    for (int i = 0; i < 21; ++i) {
        many += "<Tag><Key>k" + std::to_string(i) + "</Key><Value>v</Value></Tag>";
    }

    EXPECT_EQ(put_tags(many), "TooManyTags");
    EXPECT_EQ(put_tags("<Tag><Key>a</Key></Tag><Tag><Key>a</Key></Tag>"), "RepeatedTags");
    EXPECT_EQ(put_tags("<Tag><Key></Key></Tag>"), "InvalidTaggingKey");
    EXPECT_EQ(put_tags("<Tag><Value>a</Value></Tag>"), "MalformedXML");
}

TEST_F(Buckets, switch_transfer_acceleration) {
    make_bucket();
    const auto document = [](const std::string& value) {
        return "<TransferAccelerationConfiguration><Enabled>" + value +
               "</Enabled></TransferAccelerationConfiguration>";
    };

    const Answer never = ask_bucket("GET", "transferAcceleration");
    EXPECT_EQ(ask_bucket("PUT", "transferAcceleration", document("true")).status, 200);
    const Answer enabled = ask_bucket("GET", "transferAcceleration");

    EXPECT_EQ(never.status, 404);
    EXPECT_EQ(never.code(), "NoSuchTransferAccelerationConfiguration");
    EXPECT_EQ(enabled.xml().child_text("Enabled"), "true");
    EXPECT_EQ(ask_bucket("PUT", "transferAcceleration", document("True")).code(), "MalformedXML");
}

struct AtTheAccelerateEndpoint : Buckets {
    AtTheAccelerateEndpoint() {
        make_bucket();
        put("key", "accelerated");
    }

    void switch_acceleration(const std::string& enabled) {
        EXPECT_EQ(ask_bucket("PUT",
                             "transferAcceleration",
                             "<TransferAccelerationConfiguration><Enabled>" + enabled +
                                 "</Enabled></TransferAccelerationConfiguration>")
                      .status,
                  200);
    }

    Answer ask_there(const std::string& key, const std::string& host, Signed how = Signed::V4) {
        return ask({.key = key, .host = host}, how);
    }
};

TEST_F(AtTheAccelerateEndpoint, an_accelerated_bucket_is_served_with_every_signature) {
    switch_acceleration("true");
    for (const char* const host :
         {"bucket.oss-accelerate.aliyuncs.com", "bucket.oss-accelerate-overseas.aliyuncs.com"}) {
        EXPECT_EQ(ask_there("key", host, Signed::V1).body, "accelerated") << host;
        EXPECT_EQ(ask_there("key", host, Signed::V4).body, "accelerated") << host;
    }
    EXPECT_EQ(get("key").status, 200) << "ordinary endpoints keep working";
    EXPECT_EQ(
        ask_bucket("GET", "bucketInfo").xml().child("Bucket")->child_text("TransferAcceleration"),
        "Enabled");
}

TEST_F(AtTheAccelerateEndpoint, any_other_bucket_is_refused) {
    const std::string host = "bucket.oss-accelerate.aliyuncs.com";
    const Answer never = ask_there("key", host);
    switch_acceleration("true");
    switch_acceleration("false");
    const Answer not_any_more = ask_there("key", host);

    EXPECT_EQ(never.status, 403);
    EXPECT_EQ(never.code(), "TransferAccelerationDisabled");
    EXPECT_EQ(never.xml().child_text("Message"), "Transfer acceleration is disabled.");
    EXPECT_EQ(not_any_more.code(), "TransferAccelerationDisabled");
    EXPECT_EQ(ask_there("key", "none.oss-accelerate.aliyuncs.com").code(), "NoSuchBucket");
    EXPECT_EQ(ask_there("key", host, Signed::Not).code(), "TransferAccelerationDisabled");
}

TEST_F(AtTheAccelerateEndpoint, the_host_names_the_bucket_and_there_is_no_service) {
    switch_acceleration("true");
    const std::string endpoint = "oss-accelerate.aliyuncs.com";

    EXPECT_EQ(ask_there("", endpoint).code(), "AccessDenied");
    EXPECT_EQ(ask({.key = "bucket/key", .host = endpoint}).code(), "SecondLevelDomainForbidden");
}

TEST_F(Buckets, answer_for_settings_that_were_never_made) {
    make_bucket();

    EXPECT_EQ(ask_bucket("GET", "lifecycle").code(), "NoSuchLifecycle");
    EXPECT_EQ(ask_bucket("GET", "cors").code(), "NoSuchCORSConfiguration");
    EXPECT_EQ(ask_bucket("GET", "website").code(), "NoSuchWebsiteConfiguration");
    EXPECT_EQ(ask_bucket("GET", "policy").code(), "NoSuchBucketPolicy");
    EXPECT_EQ(ask_bucket("GET", "encryption").code(), "NoSuchServerSideEncryptionRule");
    EXPECT_EQ(ask_bucket("GET", "worm").code(), "NoSuchWORMConfiguration");
    EXPECT_EQ(ask_bucket("GET", "logging").xml().name, "BucketLoggingStatus");
    EXPECT_EQ(ask_bucket("GET", "referer").xml().child_text("AllowEmptyReferer"), "true");
    EXPECT_EQ(ask_bucket("GET", "requestPayment").xml().child_text("Payer"), "BucketOwner");
    EXPECT_EQ(ask_bucket("DELETE", "lifecycle").status, 204);
    const NamedValues preflight{{"Origin", "http://a"}, {"Access-Control-Request-Method", "PUT"}};
    EXPECT_EQ(ask_bucket("OPTIONS", "", "", preflight).code(), "AccessForbidden");
    EXPECT_EQ(ask_bucket("OPTIONS", "").code(), "BadRequest");
}

TEST_F(Buckets, answer_head_without_a_document) {
    EXPECT_EQ(ask_bucket("HEAD", "").status, 404);
    make_bucket();

    const Answer head = ask_bucket("HEAD", "");

    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(head.header("x-oss-bucket-region"), "cn-hangzhou");
    EXPECT_EQ(ask_as_other({.method = "HEAD", .bucket = "bucket"}).status, 403);
}

TEST_F(Buckets, tell_location_statistics_and_regions) {
    make_bucket();
    put("a", "12345");

    EXPECT_EQ(ask_bucket("GET", "location").xml().text, "oss-cn-hangzhou");
    const codec::XmlElement stat = ask_bucket("GET", "stat").xml();
    const codec::XmlElement regions = ask({.query = "regions"}).xml();

    EXPECT_EQ(stat.child_text("Storage"), "5");
    EXPECT_EQ(stat.child_text("ObjectCount"), "1");
    EXPECT_EQ(stat.child_text("StandardStorage"), "5");
    EXPECT_EQ(regions.child("RegionInfo")->child_text("Region"), "oss-cn-hangzhou");
    EXPECT_EQ(regions.child("RegionInfo")->child_text("AccelerateEndpoint"),
              "oss-accelerate.aliyuncs.com");
    EXPECT_EQ(ask({.query = "regions=oss-cn-nowhere"}).code(), "NoSuchRegion");
}

}  // namespace
}  // namespace antipode::oss
