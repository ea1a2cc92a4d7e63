#include "bench/load/signer.h"

#include <gtest/gtest.h>

namespace antipode::bench {
namespace {

constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::time_t kMay2013 = 1369353600;  // 20130524T000000Z

Signer aws_example() {
    return Signer({.dialect = Dialect::S3,
                   .region = "us-east-1",
                   .access_key = "AKIAIOSFODNN7EXAMPLE",
                   .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"});
}

// From the S3 manual, "Authenticating Requests: Using the Authorization Header", GET Bucket (List
// Objects).
TEST(Signer, signs_the_published_example_of_list_objects) {
    Signer signer = aws_example();
    std::string head;

    signer.append_headers({.method = "GET",
                           .host = "examplebucket.s3.amazonaws.com",
                           .path = "/",
                           .query = "max-keys=2&prefix=J",
                           .payload_hash = kEmptySha256,
                           .time = kMay2013},
                          head);

    EXPECT_NE(
        head.find("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        std::string::npos)
        << head;
    EXPECT_NE(head.find("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"),
              std::string::npos);
}

// Made with the OSS SDK for Python (alibabacloud-oss-v2).
TEST(Signer, signs_as_the_oss_sdk_does) {
    Signer signer(
        {.dialect = Dialect::Oss, .region = "cn-hangzhou", .access_key = "ak", .secret_key = "sk"});
    Signer::Request request{.method = "PUT",
                            .host = "127.0.0.1:9000",
                            .path = "/demo-bucket/bench/000000000001",
                            .query = "",
                            .payload_hash = "UNSIGNED-PAYLOAD",
                            .time = 1704164645};  // 20240102T030405Z
    std::string put;
    signer.append_headers(request, put);
    request.method = "GET";
    request.path = "/demo-bucket/";
    request.query = "list-type=2&max-keys=1000&prefix=bench%2F&start-after=bench%2F000000000001";
    std::string list;

    signer.append_headers(request, list);

    EXPECT_NE(
        put.find("Signature=7e39ecadc61c20cd6a4f636eb82d6f1cd0966c338988537e168cea5cc328f119"),
        std::string::npos)
        << put;
    EXPECT_NE(
        list.find("Signature=4869a9ef9166cdf2e32a302c9de70ac43b77f01d127949f1a4f55db10a9a8b90"),
        std::string::npos)
        << list;
}

TEST(Signer, a_new_day_has_a_new_key) {
    Signer used = aws_example();
    Signer fresh = aws_example();
    Signer::Request request{.method = "GET",
                            .host = "h",
                            .path = "/",
                            .query = "",
                            .payload_hash = kEmptySha256,
                            .time = kMay2013};
    std::string used_head;
    used.append_headers(request, used_head);
    used_head.clear();
    std::string fresh_head;

    request.time += 86400;
    used.append_headers(request, used_head);
    fresh.append_headers(request, fresh_head);

    EXPECT_EQ(used_head, fresh_head);
}

TEST(Signer, without_a_key_nothing_is_signed) {
    Signer signer({});
    std::string head;

    signer.append_headers(
        {.method = "GET", .host = "h", .path = "/", .query = "", .payload_hash = kEmptySha256},
        head);

    EXPECT_EQ(head, "");
}

}  // namespace
}  // namespace antipode::bench
