#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

TEST_F(GatewayTest, keeps_an_object_and_gives_it_back) {
    make_bucket();

    const Got written = put("dir/a b+\xC3\xBC.txt",
                            "hello",
                            {{"Content-Type", "text/plain"}, {"X-Amz-Meta-Colour", "red"}});
    const Got read = get("dir/a b+\xC3\xBC.txt");

    EXPECT_EQ(written.status, 200);
    EXPECT_EQ(written.header("ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.body, "hello");
    EXPECT_EQ(read.header("content-type"), "text/plain");
    EXPECT_EQ(read.header("x-amz-meta-colour"), "red");
    EXPECT_EQ(read.header("accept-ranges"), "bytes");
    EXPECT_EQ(read.header("x-amz-version-id"), "");
    EXPECT_EQ(read.header("x-amz-request-id"), "0123456789ABCDEF01234567");
}

TEST_F(GatewayTest, accelerates_a_bucket_and_shows_it) {
    make_bucket();
    make_bucket("with.dots");
    const auto ask_accelerate = [this](std::string method, std::string status) {
        std::string body = method == "PUT" ? "<AccelerateConfiguration><Status>" + status +
                                                 "</Status></AccelerateConfiguration>"
                                           : "";
        return ask({.method = std::move(method),
                    .bucket = "bucket",
                    .query = "accelerate",
                    .body = std::move(body)});
    };
    const Got never = ask_accelerate("GET", "");
    EXPECT_EQ(ask_accelerate("PUT", "Enabled").status, 200);
    const Got enabled = ask_accelerate("GET", "");
    EXPECT_EQ(ask_accelerate("PUT", "Suspended").status, 200);
    const Got suspended = ask_accelerate("GET", "");

    EXPECT_EQ(never.xml().name, "AccelerateConfiguration");
    EXPECT_EQ(never.xml().child("Status"), nullptr);
    EXPECT_EQ(enabled.xml().child_text("Status"), "Enabled");
    EXPECT_EQ(suspended.xml().child_text("Status"), "Suspended");
    EXPECT_EQ(ask_accelerate("PUT", "On").code(), "MalformedXML");
    EXPECT_EQ(ask({.method = "PUT",
                   .bucket = "with.dots",
                   .query = "accelerate",
                   .body = "<AccelerateConfiguration><Status>Enabled</Status>"
                           "</AccelerateConfiguration>"})
                  .code(),
              "InvalidRequest");
}

TEST_F(GatewayTest, serves_only_accelerated_buckets_at_an_accelerate_endpoint) {
    make_bucket();
    put("key", "accelerated");
    const Ask there{.key = "key", .host = "bucket.s3-accelerate.amazonaws.com"};
    const Got before = ask(there);
    EXPECT_TRUE(run(buckets->put_transfer_acceleration(
        object::Caller{.principal = {.account = AccountId("1000")}, .request_id = {}},
        BucketName("bucket"),
        true)));

    EXPECT_EQ(before.status, 400);
    EXPECT_EQ(before.code(), "InvalidRequest");
    EXPECT_EQ(before.xml().child_text("Message"),
              "S3 Transfer Acceleration is not configured on this bucket");
    EXPECT_EQ(ask(there).body, "accelerated");
    EXPECT_EQ(ask({.host = "s3-accelerate.amazonaws.com"}).code(), "InvalidRequest");
    EXPECT_EQ(ask({.key = "key", .host = "none.s3-accelerate.amazonaws.com"}).code(),
              "NoSuchBucket");
}

TEST_F(GatewayTest, says_what_is_missing) {
    const Got no_bucket = get("k");
    make_bucket();
    const Got no_key = get("k");
    const Got head = ask({.method = "HEAD", .bucket = "bucket", .key = "k"});

    EXPECT_EQ(no_bucket.status, 404);
    EXPECT_EQ(no_bucket.code(), "NoSuchBucket");
    EXPECT_EQ(no_bucket.xml().child_text("BucketName"), "bucket");
    EXPECT_EQ(no_key.status, 404);
    EXPECT_EQ(no_key.code(), "NoSuchKey");
    EXPECT_EQ(no_key.xml().child_text("Key"), "k");
    EXPECT_EQ(no_key.xml().child_text("Resource"), "/bucket/k");
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(head.body, "");
}

TEST_F(GatewayTest, answers_the_probes_of_clients_in_s3_s_words) {
    make_bucket();
    const std::pair<std::string, std::string> probes[] = {
        {"policy", "NoSuchBucketPolicy"},
        {"lifecycle", "NoSuchLifecycleConfiguration"},
        {"cors", "NoSuchCORSConfiguration"},
        {"tagging", "NoSuchTagSet"},
        {"encryption", "ServerSideEncryptionConfigurationNotFoundError"},
        {"object-lock", "ObjectLockConfigurationNotFoundError"},
        {"replication", "ReplicationConfigurationNotFoundError"},
        {"publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"},
        {"ownershipControls", "OwnershipControlsNotFoundError"},
        {"website", "NoSuchWebsiteConfiguration"},
    };

    for (const auto& [parameter, code] : probes) {
        const Got got = ask({.bucket = "bucket", .query = parameter});
        EXPECT_EQ(got.status, 404) << parameter;
        EXPECT_EQ(got.code(), code);
    }
    EXPECT_EQ(ask({.bucket = "bucket", .query = "logging"}).xml().name, "BucketLoggingStatus");
    EXPECT_EQ(ask({.bucket = "bucket", .query = "requestPayment"}).xml().child_text("Payer"),
              "BucketOwner");
    EXPECT_EQ(ask({.bucket = "nothing-here", .query = "policy"}).code(), "NoSuchBucket");
}

TEST_F(GatewayTest, names_what_it_cannot_do_and_changes_nothing) {
    make_bucket();
    const Got encrypted =
        put("k", "v", {{"x-amz-server-side-encryption-customer-algorithm", "AES256"}});
    const Got granted = put("k", "v", {{"x-amz-grant-read", "id=1"}});
    const Got locked = put("k", "v", {{"x-amz-object-lock-mode", "GOVERNANCE"}});
    const Got cors = ask({.method = "PUT", .bucket = "bucket", .query = "cors", .body = "<a/>"});
    const Got select = ask({.method = "POST",
                            .bucket = "bucket",
                            .key = "k",
                            .query = "select&select-type=2",
                            .body = "<a/>"});

    for (const Got* got : {&encrypted, &granted, &locked, &cors, &select}) {
        EXPECT_EQ(got->status, 501);
        EXPECT_EQ(got->code(), "NotImplemented");
    }
    EXPECT_TRUE(encrypted.body.contains("x-amz-server-side-encryption-customer-algorithm"));
    EXPECT_TRUE(cors.body.contains("cors"));
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(GatewayTest, ignores_parameters_that_s3_does_not_know) {
    make_bucket();
    put("k", "v");

    EXPECT_EQ(get("k", "x-id=GetObject").body, "v");
}

TEST_F(GatewayTest, refuses_bad_names) {
    EXPECT_EQ(ask({.method = "PUT", .bucket = "AB"}).code(), "InvalidBucketName");
    EXPECT_EQ(ask({.method = "PUT", .bucket = "with.dots"}).status, 200);
    make_bucket();
    EXPECT_EQ(put(std::string(1025, 'k'), "v").code(), "KeyTooLongError");
    EXPECT_EQ(put(std::string(1024, 'k'), "v").status, 200);
    EXPECT_EQ(put("bad\xFF", "v").code(), "InvalidURI");
}

TEST_F(GatewayTest, lists_buckets_of_the_caller_only) {
    make_bucket("bbb");
    make_bucket("aaa");
    ask({.method = "PUT", .bucket = "other-s"}, "OTHER");

    const Got got = ask({});

    ASSERT_EQ(got.xml().child("Buckets")->children.size(), 2U);
    EXPECT_EQ(got.xml().child("Buckets")->children[0].child_text("Name"), "aaa");
    EXPECT_EQ(ask_anonymously({}).code(), "AccessDenied");
}

TEST_F(GatewayTest, says_who_has_a_bucket_already) {
    make_bucket();

    EXPECT_EQ(ask({.method = "PUT", .bucket = "bucket"}).code(), "BucketAlreadyOwnedByYou");
    EXPECT_EQ(ask({.method = "PUT", .bucket = "bucket"}, "OTHER").code(), "BucketAlreadyExists");
}

TEST_F(GatewayTest, takes_its_own_region_as_a_location_only) {
    const auto body = [](std::string_view region) {
        return fmt::format(
            "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></"
            "CreateBucketConfiguration>",
            region);
    };
    EXPECT_EQ(ask({.method = "PUT", .bucket = "one", .body = body("cn-hangzhou")}).status, 200);
    EXPECT_EQ(ask({.method = "PUT", .bucket = "two", .body = body("eu-west-1")}).code(),
              "InvalidLocationConstraint");
    EXPECT_EQ(ask({.bucket = "one", .query = "location"}).xml().text, "cn-hangzhou");
}

TEST_F(GatewayTest, deletes_an_empty_bucket_only) {
    make_bucket();
    put("k", "v");
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket"}).code(), "BucketNotEmpty");
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .key = "k"}).status, 204);
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket"}).status, 204);
    EXPECT_EQ(ask({.method = "HEAD", .bucket = "bucket"}).status, 404);
}

TEST_F(GatewayTest, keeps_strangers_out_unless_the_acl_lets_them_in) {
    make_bucket();
    put("k", "v");
    EXPECT_EQ(ask_anonymously({.bucket = "bucket", .key = "k"}).code(), "AccessDenied");
    EXPECT_EQ(ask({.bucket = "bucket", .key = "k"}, "OTHER").code(), "AccessDenied");

    const Got changed = ask({.method = "PUT",
                             .bucket = "bucket",
                             .key = "k",
                             .query = "acl",
                             .headers = {{"x-amz-acl", "public-read"}}});

    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(ask_anonymously({.bucket = "bucket", .key = "k"}).body, "v");
    EXPECT_EQ(ask_anonymously({.bucket = "bucket", .key = "k", .query = "response-content-type=x"})
                  .code(),
              "InvalidRequest");
    EXPECT_TRUE(ask({.bucket = "bucket", .key = "k", .query = "acl"}).body.contains("AllUsers"));
}

TEST_F(GatewayTest, reads_an_acl_from_xml_when_it_is_a_canned_one) {
    make_bucket();
    const Got shown = ask({.bucket = "bucket", .query = "acl"});
    EXPECT_FALSE(shown.body.contains("AllUsers"));

    const Got written_back =
        ask({.method = "PUT", .bucket = "bucket", .query = "acl", .body = shown.body});
    std::string strange = shown.body;
    strange.replace(strange.find("FULL_CONTROL"), 12, "READ_ACP");

    EXPECT_EQ(written_back.status, 200);
    EXPECT_EQ(ask({.method = "PUT", .bucket = "bucket", .query = "acl", .body = strange}).code(),
              "NotImplemented");
    EXPECT_EQ(ask({.method = "PUT", .bucket = "bucket", .query = "acl"}).code(), "InvalidRequest");
}

TEST_F(GatewayTest, checks_the_bucket_owner_that_is_expected) {
    make_bucket();
    EXPECT_EQ(ask({.bucket = "bucket",
                   .query = "location",
                   .headers = {{"x-amz-expected-bucket-owner", "1000"}}})
                  .status,
              200);
    EXPECT_EQ(ask({.bucket = "bucket",
                   .query = "location",
                   .headers = {{"x-amz-expected-bucket-owner", "7"}}})
                  .code(),
              "AccessDenied");
}

TEST_F(GatewayTest, refuses_metadata_that_would_break_a_header) {
    make_bucket();
    EXPECT_EQ(put("k", "v", {{"x-amz-meta-a", "b\r\nSet-Cookie: c"}}).code(), "InvalidArgument");
    EXPECT_EQ(put("k", "v", {{"x-amz-meta-a b", "c"}}).code(), "InvalidArgument");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

}  // namespace
}  // namespace antipode::s3
