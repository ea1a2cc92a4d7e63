#include "s3/detail/sigv2.h"

#include <gtest/gtest.h>

#include "codec/http_date.h"
#include "protocol/virtual_host.h"

namespace antipode::s3 {
namespace {

/// The examples of AWS, "Signing and authenticating REST requests".
class SigV2Test : public testing::Test {
  protected:
    SigV2Test() {
        keyring_.put({.id = "AKIAIOSFODNN7EXAMPLE",
                      .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                      .account = AccountId("42")});
    }

    std::string code(std::string method,
                     std::string target,
                     const NamedValues& headers,
                     std::string host = "awsexamplebucket1.s3.us-west-1.amazonaws.com") {
        http::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.headers.add("Host", std::move(host));
        for (const auto& [name, value] : headers) {
            request.headers.add(name, value);
        }
        auto parsed =
            protocol::parse_request(request, protocol::VirtualHosts(), protocol::Dialect::S3);
        EXPECT_TRUE(parsed);
        parsed->now = now_;
        const auto checked =
            authenticate({.keyring = keyring_, .signing_keys = signing_keys_, .regions = regions_},
                         request,
                         *parsed);
        return checked ? "OK" : std::string(checked.error().word->code);
    }

    access::Keyring keyring_;
    protocol::SigningKeys signing_keys_;
    std::vector<std::string> regions_ = {"cn-hangzhou"};
    runtime::WallTime now_ = *codec::parse_http_date("Tue, 27 Mar 2007 19:40:00 +0000");
};

TEST_F(SigV2Test, accepts_the_examples_of_aws) {
    EXPECT_EQ(code("GET",
                   "/photos/puppy.jpg",
                   {{"Date", "Tue, 27 Mar 2007 19:36:42 +0000"},
                    {"Authorization", "AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g="}}),
              "OK");
    EXPECT_EQ(code("PUT",
                   "/photos/puppy.jpg",
                   {{"Content-Type", "image/jpeg"},
                    {"Content-Length", "94328"},
                    {"Date", "Tue, 27 Mar 2007 21:15:45 +0000"},
                    {"Authorization", "AWS AKIAIOSFODNN7EXAMPLE:iqRzw+ileNPu1fhspnRs8nOjjIA="}}),
              "RequestTimeTooSkewed");
    now_ = *codec::parse_http_date("Tue, 27 Mar 2007 21:15:45 +0000");
    EXPECT_EQ(code("PUT",
                   "/photos/puppy.jpg",
                   {{"Content-Type", "image/jpeg"},
                    {"Content-Length", "94328"},
                    {"Date", "Tue, 27 Mar 2007 21:15:45 +0000"},
                    {"Authorization", "AWS AKIAIOSFODNN7EXAMPLE:iqRzw+ileNPu1fhspnRs8nOjjIA="}}),
              "OK");
}

TEST_F(SigV2Test, accepts_a_url_until_it_expires) {
    const std::string target =
        "/photos/"
        "puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&"
        "Expires=1175139620";
    const std::string host = "awsexamplebucket1.s3.us-west-1.amazonaws.com";
    EXPECT_EQ(code("GET", target, {}, host),
              "SignatureDoesNotMatch");  // Signed for another bucket's name:
    EXPECT_EQ(code("GET", target, {}, "johnsmith.s3.amazonaws.com"), "OK");
    EXPECT_EQ(code("GET", target + "&acl", {}, "johnsmith.s3.amazonaws.com"),
              "SignatureDoesNotMatch");
    EXPECT_EQ(code("PUT", target, {}, "johnsmith.s3.amazonaws.com"), "SignatureDoesNotMatch");
    now_ = runtime::WallTime(std::chrono::seconds(1175139621));
    EXPECT_EQ(code("GET", target, {}, "johnsmith.s3.amazonaws.com"), "AccessDenied");
}

TEST_F(SigV2Test, refuses_malformed_claims) {
    EXPECT_EQ(code("GET",
                   "/",
                   {{"Date", "Tue, 27 Mar 2007 19:36:42 +0000"}, {"Authorization", "AWS nothing"}}),
              "InvalidArgument");
    EXPECT_EQ(code("GET", "/", {{"Authorization", "AWS a:b"}}), "AccessDenied");
    EXPECT_EQ(code("GET", "/?AWSAccessKeyId=a&Signature=b&Expires=soon", {}), "AccessDenied");
    EXPECT_EQ(code("GET", "/?AWSAccessKeyId=a&Expires=9999999999", {}), "AccessDenied");
    EXPECT_EQ(code("GET", "/?AWSAccessKeyId=a&Signature=b&Expires=9999999999", {}),
              "InvalidAccessKeyId");
    EXPECT_EQ(code("GET",
                   "/?AWSAccessKeyId=a&Signature=b&Expires=9999999999",
                   {{"Authorization", "AWS a:b"}}),
              "InvalidArgument");
}

}  // namespace
}  // namespace antipode::s3
