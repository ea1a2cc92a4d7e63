#include "codec/base64.h"
#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

TEST_F(GatewayTest, keeps_an_object_and_gives_it_back_over_both_signatures) {
    make_bucket();

    const Answer put_answer =
        ask({.method = "PUT",
             .bucket = "bucket",
             .key = "dir/a b+ü.txt",
             .headers = {{"Content-Type", "text/plain"}, {"x-oss-meta-Colour", "red"}},
             .body = "hello"},
            Signed::V1);
    const Answer got = get("dir/a b+ü.txt");

    EXPECT_EQ(put_answer.status, 200);
    EXPECT_EQ(put_answer.header("ETag"), "\"5D41402ABC4B2A76B9719D911017C592\"");
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "hello");
    EXPECT_EQ(got.header("content-type"), "text/plain");
    EXPECT_EQ(got.header("x-oss-meta-colour"), "red");
    EXPECT_EQ(got.header("x-oss-object-type"), "Normal");
    EXPECT_EQ(got.header("x-oss-storage-class"), "Standard");
    EXPECT_EQ(got.header("x-oss-hash-crc64ecma"), put_answer.header("x-oss-hash-crc64ecma"));
    EXPECT_EQ(got.header("Content-MD5"), "XUFAKrxLKna5cZ2REBfFkg==");
    EXPECT_EQ(got.header("x-oss-version-id"), "");
}

TEST_F(GatewayTest, puts_its_name_and_the_request_id_on_every_answer) {
    const Answer answer = get("nothing");

    EXPECT_EQ(answer.header("Server"), "AliyunOSS");
    EXPECT_EQ(answer.header("x-oss-request-id").size(), 24U);
    EXPECT_EQ(answer.header("x-oss-server-time"), "0");
}

TEST_F(GatewayTest, says_what_is_missing_in_oss_s_words) {
    const Answer no_bucket = get("k");
    make_bucket();
    const Answer no_key = get("k");

    EXPECT_EQ(no_bucket.status, 404);
    EXPECT_EQ(no_bucket.code(), "NoSuchBucket");
    EXPECT_EQ(no_bucket.xml().child_text("BucketName"), "bucket");
    EXPECT_EQ(no_key.status, 404);
    EXPECT_EQ(no_key.code(), "NoSuchKey");
    EXPECT_EQ(no_key.ec(), "0026-00000001");
    EXPECT_EQ(no_key.xml().child_text("EC"), "0026-00000001");
    EXPECT_EQ(no_key.xml().child_text("HostId"), "127.0.0.1:9000");
    EXPECT_EQ(no_key.xml().child_text("RequestId"), no_key.header("x-oss-request-id"));
}

TEST_F(GatewayTest, gives_the_error_document_of_head_in_a_header) {
    make_bucket();

    const Answer answer = ask({.method = "HEAD", .bucket = "bucket", .key = "k"});

    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, "");
    const auto document = codec::base64_decode(answer.header("x-oss-err"));
    ASSERT_TRUE(document);
    EXPECT_EQ(codec::parse_xml(as_text(*document)).value().child_text("Code"), "NoSuchKey");
}

TEST_F(GatewayTest, names_what_it_cannot_do) {
    make_bucket();

    const Answer process = get("k", "x-oss-process=image%2Finfo");
    const Answer unknown = ask({.bucket = "bucket", .query = "metaQuery"});
    const Answer never_heard = ask({.bucket = "bucket", .query = "somethingNew"});
    const Answer encrypted = put("k", "v", {{"x-oss-server-side-encryption", "SM4"}});
    const Answer website =
        ask({.method = "PUT", .bucket = "bucket", .query = "website", .body = "<a/>"});

    const Answer callback = put("k", "v", {{"x-oss-callback", "e30="}});
    const Answer sealing = put("k", "v", {{"x-oss-server-side-data-encryption", "SM4"}});
    const Answer policy =
        ask({.method = "PUT", .bucket = "bucket", .query = "policy", .body = "{}"});

    for (const Answer* answer : {&process,
                                 &unknown,
                                 &never_heard,
                                 &encrypted,
                                 &website,
                                 &callback,
                                 &sealing,
                                 &policy}) {
        EXPECT_EQ(answer->status, 501);
        EXPECT_EQ(answer->code(), "NotImplemented");
    }
    EXPECT_TRUE(process.body.contains("x-oss-process"));
    EXPECT_TRUE(unknown.body.contains("metaQuery"));
    EXPECT_TRUE(never_heard.body.contains("somethingNew"));
    EXPECT_TRUE(encrypted.body.contains("x-oss-server-side-encryption"));
    EXPECT_TRUE(website.body.contains("website"));
    EXPECT_TRUE(callback.body.contains("x-oss-callback"));
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(GatewayTest, refuses_a_method_that_a_sub_resource_does_not_have) {
    make_bucket();

    const Answer answer = ask({.method = "DELETE", .bucket = "bucket", .query = "versioning"});

    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.code(), "MethodNotAllowed");
}

TEST_F(GatewayTest, refuses_names_that_oss_does_not_allow) {
    EXPECT_EQ(ask({.method = "PUT", .bucket = "A"}).code(), "InvalidBucketName");
    EXPECT_EQ(ask({.method = "PUT", .bucket = "a.b.c"}).code(), "InvalidBucketName");
    make_bucket();
    EXPECT_EQ(put("\\x", "v").code(), "InvalidObjectName");
    EXPECT_EQ(put(std::string(1024, 'k'), "v").code(), "InvalidObjectName");
    EXPECT_EQ(put(std::string(1023, 'k'), "v").status, 200);
}

}  // namespace
}  // namespace antipode::oss
