#include "s3/detail/sigv4.h"

#include <gtest/gtest.h>

#include "codec/hex.h"
#include "codec/http_date.h"
#include "protocol/virtual_host.h"

namespace antipode::s3 {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The examples of AWS, "Signature Calculations for the Authorization Header" and "Authenticating
/// Requests: Using Query Parameters": key AKIAIOSFODNN7EXAMPLE, bucket examplebucket, us-east-1, 24
/// May 2013.
class SigV4Test : public testing::Test {
  protected:
    SigV4Test() {
        keyring_.put({.id = "AKIAIOSFODNN7EXAMPLE",
                      .secret = std::string(kSecret),
                      .account = AccountId("42")});
    }

    static http::Request request(std::string method, std::string target) {
        http::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.headers.add("Host", "examplebucket.s3.amazonaws.com");
        return request;
    }

    static http::Request signed_get(std::string target,
                                    const std::string& signed_headers,
                                    const std::string& signature) {
        http::Request head = request("GET", std::move(target));
        head.headers.add("x-amz-content-sha256", std::string(kEmptyHash));
        head.headers.add("x-amz-date", "20130524T000000Z");
        head.headers.add(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=" +
                signed_headers + ",Signature=" + signature);
        return head;
    }

    S3Result<Authentication> check(const http::Request& head) {
        auto parsed =
            protocol::parse_request(head, protocol::VirtualHosts(), protocol::Dialect::S3);
        EXPECT_TRUE(parsed);
        parsed->now = now_;
        return authenticate(
            {.keyring = keyring_, .signing_keys = signing_keys_, .regions = regions_},
            head,
            *parsed);
    }

    std::string code(const http::Request& head) {
        const auto checked = check(head);
        return checked ? "OK" : std::string(checked.error().word->code);
    }

    access::Keyring keyring_;
    protocol::SigningKeys signing_keys_;
    std::vector<std::string> regions_ = {"cn-hangzhou", "us-east-1"};
    runtime::WallTime now_ = *codec::parse_basic("20130524T000100Z");
};

constexpr const char* kGetSignature =
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";

http::Request with_range(http::Request head) {
    head.headers.add("Range", "bytes=0-9");
    return head;
}

TEST_F(SigV4Test, accepts_the_example_get_of_aws) {
    const auto checked = check(with_range(
        signed_get("/test.txt", "host;range;x-amz-content-sha256;x-amz-date", kGetSignature)));

    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->principal.account.str(), "42");
    EXPECT_EQ(checked->principal.access_key, "AKIAIOSFODNN7EXAMPLE");
    EXPECT_EQ(checked->payload, PayloadKind::Hashed);
    EXPECT_EQ(codec::hex_lower(as_bytes(checked->payload_sha256)), kEmptyHash);
}

TEST_F(SigV4Test, accepts_the_example_put_of_aws) {
    http::Request head = request("PUT", "/test%24file.text");
    head.headers.add("Date", "Fri, 24 May 2013 00:00:00 GMT");
    head.headers.add("x-amz-date", "20130524T000000Z");
    head.headers.add("x-amz-storage-class", "REDUCED_REDUNDANCY");
    head.headers.add("x-amz-content-sha256",
                     "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    head.headers.add(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");

    EXPECT_TRUE(check(head));
}

TEST_F(SigV4Test, accepts_the_example_sub_resource_and_list_of_aws) {
    EXPECT_TRUE(
        check(signed_get("/?lifecycle",
                         "host;x-amz-content-sha256;x-amz-date",
                         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")));
    EXPECT_TRUE(
        check(signed_get("/?max-keys=2&prefix=J",
                         "host;x-amz-content-sha256;x-amz-date",
                         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")));
}

std::string presigned_target(
    std::string_view signature =
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404") {
    return "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%"
           "2F20130524%2Fus-east-1%2Fs3"
           "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders="
           "host&X-Amz-Signature=" +
           std::string(signature);
}

TEST_F(SigV4Test, accepts_the_example_presigned_url_of_aws_for_its_life) {
    const auto checked = check(request("GET", presigned_target()));
    ASSERT_TRUE(checked);
    EXPECT_TRUE(checked->signs_query);
    EXPECT_EQ(checked->payload, PayloadKind::Unsigned);

    now_ = *codec::parse_basic("20130525T000000Z");
    EXPECT_EQ(code(request("GET", presigned_target())), "OK");
    now_ += std::chrono::seconds(1);
    EXPECT_EQ(code(request("GET", presigned_target())), "AccessDenied");
    now_ = *codec::parse_basic("20130523T234000Z");
    EXPECT_EQ(code(request("GET", presigned_target())), "AccessDenied");
}

TEST_F(SigV4Test, refuses_a_request_that_was_changed) {
    const std::string headers = "host;range;x-amz-content-sha256;x-amz-date";
    EXPECT_EQ(code(with_range(signed_get("/test2.txt", headers, kGetSignature))),
              "SignatureDoesNotMatch");
    EXPECT_EQ(code(with_range(signed_get("/test.txt?acl", headers, kGetSignature))),
              "SignatureDoesNotMatch");
    http::Request other = with_range(signed_get("/test.txt", headers, kGetSignature));
    other.method = "DELETE";
    EXPECT_EQ(code(other), "SignatureDoesNotMatch");
    EXPECT_EQ(code(signed_get("/test.txt", headers, kGetSignature)), "SignatureDoesNotMatch");
    EXPECT_EQ(code(request("GET", presigned_target(std::string(64, '0')))),
              "SignatureDoesNotMatch");
}

TEST_F(SigV4Test, refuses_amz_headers_that_were_not_signed) {
    http::Request head = with_range(
        signed_get("/test.txt", "host;range;x-amz-content-sha256;x-amz-date", kGetSignature));
    head.headers.add("X-Amz-Acl", "public-read");
    EXPECT_EQ(code(head), "AccessDenied");
    EXPECT_EQ(code(signed_get("/test.txt", "x-amz-content-sha256;x-amz-date", kGetSignature)),
              "SignatureDoesNotMatch");
}

TEST_F(SigV4Test, refuses_a_clock_that_is_too_far_away) {
    const http::Request head = with_range(
        signed_get("/test.txt", "host;range;x-amz-content-sha256;x-amz-date", kGetSignature));
    now_ = *codec::parse_basic("20130524T001500Z");
    EXPECT_EQ(code(head), "OK");
    now_ += std::chrono::milliseconds(1);
    EXPECT_EQ(code(head), "RequestTimeTooSkewed");
    now_ = *codec::parse_basic("20130523T234459Z");
    EXPECT_EQ(code(head), "RequestTimeTooSkewed");
}

TEST_F(SigV4Test, refuses_unknown_keys_and_other_regions) {
    const http::Request head = with_range(
        signed_get("/test.txt", "host;range;x-amz-content-sha256;x-amz-date", kGetSignature));
    regions_ = {"cn-hangzhou"};
    const auto wrong_region = check(head);
    ASSERT_FALSE(wrong_region);
    EXPECT_EQ(wrong_region.error().word->code, "AuthorizationHeaderMalformed");
    EXPECT_EQ(wrong_region.error().details,
              (std::vector<std::pair<std::string, std::string>>{{"Region", "cn-hangzhou"}}));
    regions_ = {"us-east-1"};
    keyring_.remove("AKIAIOSFODNN7EXAMPLE");
    EXPECT_EQ(code(head), "InvalidAccessKeyId");
}

TEST_F(SigV4Test, refuses_malformed_claims) {
    http::Request head = request("GET", "/");
    for (const char* bad :
         {"AWS4-HMAC-SHA256",
          "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x",
          "AWS4-HMAC-SHA256 Credential=a/20130524/r/s3/aws4_request, SignedHeaders=host"}) {
        head.headers.set("Authorization", bad);
        EXPECT_EQ(code(head), "AuthorizationHeaderMalformed") << bad;
    }
    head.headers.set("Authorization", "Bearer token");
    EXPECT_EQ(code(head), "InvalidRequest");
    EXPECT_EQ(code(request("GET", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256")),
              "AuthorizationQueryParametersError");
    head.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256";
    EXPECT_EQ(code(head), "InvalidArgument");
}

TEST_F(SigV4Test, refuses_a_life_beyond_a_week) {
    std::string target = presigned_target();
    target.replace(target.find("86400"), 5, "604801");
    EXPECT_EQ(code(request("GET", target)), "AuthorizationQueryParametersError");
}

TEST_F(SigV4Test, lets_a_request_without_signature_be_anonymous) {
    const auto checked = check(request("GET", "/"));
    ASSERT_TRUE(checked);
    EXPECT_TRUE(checked->principal.is_anonymous());
}

}  // namespace
}  // namespace antipode::s3
