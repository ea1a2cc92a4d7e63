#include <gtest/gtest.h>

#include "base/bytes.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "protocol/conditional_headers.h"
#include "protocol/content_md5.h"
#include "protocol/dialect.h"
#include "protocol/parsed_request.h"
#include "protocol/range_header.h"
#include "protocol/request_id.h"
#include "protocol/virtual_host.h"

namespace antipode::protocol {
namespace {

Dialect detect(std::string_view name, std::string_view value, std::string_view query = {}) {
    http::Headers headers;
    if (!name.empty()) {
        headers.add(std::string(name), std::string(value));
    }
    return detect_dialect(headers, *codec::parse_query(query), Dialect::Oss);
}

TEST(Dialect, follows_the_signature_first) {
    EXPECT_EQ(detect("Authorization", "OSS ak:sig"), Dialect::Oss);
    EXPECT_EQ(detect("Authorization", "OSS4-HMAC-SHA256 Credential=..."), Dialect::Oss);
    EXPECT_EQ(detect("Authorization", "AWS4-HMAC-SHA256 Credential=..."), Dialect::S3);
    EXPECT_EQ(detect("Authorization", "AWS ak:sig"), Dialect::S3);
    EXPECT_EQ(detect("Authorization", "OSS ak:sig", "X-Amz-Algorithm=x"), Dialect::Oss);
    EXPECT_EQ(detect("", "", "OSSAccessKeyId=a&Signature=b&Expires=1"), Dialect::Oss);
    EXPECT_EQ(detect("", "", "x-oss-signature-version=OSS4-HMAC-SHA256"), Dialect::Oss);
    EXPECT_EQ(detect("", "", "AWSAccessKeyId=a"), Dialect::S3);
    EXPECT_EQ(detect("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256"), Dialect::S3);
}

TEST(Dialect, of_anonymous_requests_follows_headers_then_the_default) {
    EXPECT_EQ(detect("X-Amz-Meta-A", "1"), Dialect::S3);
    EXPECT_EQ(detect("x-oss-acl", "private"), Dialect::Oss);
    EXPECT_EQ(detect("amz-sdk-request", "attempt=1"), Dialect::S3);
    EXPECT_EQ(detect("", "", "x-oss-process=image"), Dialect::Oss);
    EXPECT_EQ(detect("", ""), Dialect::Oss);
    EXPECT_EQ(detect_dialect({}, {}, Dialect::S3), Dialect::S3);
}

TEST(VirtualHosts, finds_the_bucket_in_known_names) {
    const VirtualHosts hosts({"example.com", "Deep.Example.com"});
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"b.localhost:9000", "b"},
        {"b.127.0.0.1:9000", "b"},
        {"my.bucket.127.0.0.1", "my.bucket"},
        {"b.oss-cn-hangzhou.aliyuncs.com", "b"},
        {"b.oss-cn-hangzhou-internal.aliyuncs.com", "b"},
        {"b.s3.oss-cn-hangzhou.aliyuncs.com", "b"},
        {"b.oss.aliyuncs.com", "b"},
        {"b.s3.amazonaws.com", "b"},
        {"b.s3.us-east-1.amazonaws.com", "b"},
        {"b.s3-us-west-2.amazonaws.com", "b"},
        {"b.s3.dualstack.eu-west-1.amazonaws.com", "b"},
        {"a.s3.b.s3.cn-north-1.amazonaws.com.cn", "a.s3.b"},
        {"B.Example.COM:80", "b"},
        {"b.deep.example.com", "b"},
        {"b.example.com.", "b"},
    };
    for (const auto& [host, bucket] : cases) {
        EXPECT_EQ(hosts.bucket_of(host), std::string(bucket)) << host;
    }
}

TEST(VirtualHosts, takes_endpoints_and_strangers_as_path_style) {
    const VirtualHosts hosts({"example.com"});
    for (const std::string_view host : {"",
                                        "localhost",
                                        "localhost:9000",
                                        "127.0.0.1:9000",
                                        "[::1]:9000",
                                        "oss-cn-hangzhou.aliyuncs.com",
                                        "s3.oss-cn-hangzhou.aliyuncs.com",
                                        "s3.amazonaws.com",
                                        "s3.us-east-1.amazonaws.com",
                                        "example.com",
                                        "www.other.org",
                                        "a.1.2.3",
                                        "x.aliyuncs.com",
                                        "ec2.amazonaws.com"}) {
        EXPECT_EQ(hosts.bucket_of(host), std::nullopt) << host;
    }
}

TEST(VirtualHosts, knows_accelerate_endpoints_and_the_buckets_at_them) {
    const VirtualHosts hosts({"example.com"}, {"Fast.example.com"});
    for (const std::string_view host : {"b.oss-accelerate.aliyuncs.com",
                                        "b.oss-accelerate-overseas.aliyuncs.com:80",
                                        "B.S3-Accelerate.amazonaws.com",
                                        "b.s3-accelerate.dualstack.amazonaws.com",
                                        "b.fast.example.com:9000"}) {
        EXPECT_TRUE(hosts.is_accelerate_endpoint(host)) << host;
        EXPECT_EQ(hosts.bucket_of(host), "b") << host;
    }
    EXPECT_TRUE(hosts.is_accelerate_endpoint("oss-accelerate.aliyuncs.com"));
    EXPECT_EQ(hosts.bucket_of("fast.example.com"), std::nullopt);
    for (const std::string_view host : {"b.oss-cn-hangzhou.aliyuncs.com",
                                        "b.s3.amazonaws.com",
                                        "b.example.com",
                                        "not-fast.example.com",
                                        "xoss-accelerate.aliyuncs.com",
                                        "[::1]:9000",
                                        ""}) {
        EXPECT_FALSE(hosts.is_accelerate_endpoint(host)) << host;
    }
}

http::Request request_of(std::string target, std::string host) {
    http::Request request;
    request.method = "GET";
    request.target = std::move(target);
    request.headers.add("Host", std::move(host));
    return request;
}

TEST(ParsedRequest, takes_bucket_and_key_from_the_path) {
    const auto parsed =
        parse_request(request_of("/b/a//%20+%2F?acl", "localhost:9000"), {}, Dialect::S3);

    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->bucket, "b");
    EXPECT_EQ(parsed->key, "a// +/");
    EXPECT_FALSE(parsed->is_virtual_hosted);
    EXPECT_EQ(parsed->dialect, Dialect::S3);
    EXPECT_TRUE(parsed->target.query.contains("acl"));
}

TEST(ParsedRequest, takes_the_bucket_from_the_host) {
    const auto parsed = parse_request(request_of("//x", "b.localhost"), {}, Dialect::Oss);

    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->bucket, "b");
    EXPECT_EQ(parsed->key, "/x");
    EXPECT_TRUE(parsed->is_virtual_hosted);
}

TEST(ParsedRequest, knows_service_bucket_and_trailing_slash) {
    EXPECT_EQ(parse_request(request_of("/", "localhost"), {}, Dialect::Oss)->bucket, "");
    EXPECT_EQ(parse_request(request_of("/b", "localhost"), {}, Dialect::Oss)->bucket, "b");
    EXPECT_EQ(parse_request(request_of("/b/", "localhost"), {}, Dialect::Oss)->key, "");
    EXPECT_FALSE(parse_request(request_of("/%", "localhost"), {}, Dialect::Oss));
}

TEST(Conditions, are_read_from_headers_with_a_prefix) {
    http::Headers headers;
    headers.add("If-None-Match", "\"a\", W/\"b\" ,c,*,");
    headers.add("x-amz-copy-source-if-match", "\"q\"");
    headers.add("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT");
    headers.add("If-Unmodified-Since", "yesterday");

    const object::Conditions plain = parse_conditions(headers);
    EXPECT_EQ(plain.if_none_match, (std::vector<std::string>{"a", "b", "c", "*"}));
    EXPECT_TRUE(plain.if_match.empty());
    EXPECT_EQ(plain.if_modified_since_ms, 784111777000);
    EXPECT_EQ(plain.if_unmodified_since_ms, std::nullopt);
    EXPECT_EQ(parse_conditions(headers, "x-amz-copy-source-").if_match,
              (std::vector<std::string>{"q"}));
}

void expect_partial(std::string_view header,
                    std::uint64_t offset,
                    std::uint64_t size,
                    bool was_cut) {
    const RangeChoice choice = choose_range(header, 100);
    EXPECT_EQ(choice.kind, RangeChoice::Kind::Partial) << header;
    EXPECT_EQ(choice.range, (ByteRange{.offset = offset, .size = size})) << header;
    EXPECT_EQ(choice.was_cut, was_cut) << header;
}

TEST(Range, chooses_the_bytes_asked_for) {
    expect_partial("bytes=0-0", 0, 1, false);
    expect_partial("bytes=10-", 10, 90, false);
    expect_partial("bytes=-30", 70, 30, false);
    expect_partial("bytes=-300", 0, 100, true);
    expect_partial("bytes=90-1000", 90, 10, true);
    expect_partial("bytes=0-99999999999999999999999", 0, 100, true);
}

TEST(Range, tells_nonsense_from_unsatisfiable) {
    for (const std::string_view whole : {"",
                                         "items=0-1",
                                         "bytes=",
                                         "bytes=-",
                                         "bytes=a-b",
                                         "bytes=5-4",
                                         "bytes=0-1,3-4",
                                         "bytes=+1-2",
                                         "bytes=1 -2"}) {
        EXPECT_EQ(choose_range(whole, 100).kind, RangeChoice::Kind::Whole) << whole;
    }
    for (const std::string_view none : {"bytes=100-", "bytes=100-200", "bytes=-0"}) {
        EXPECT_EQ(choose_range(none, 100).kind, RangeChoice::Kind::Unsatisfiable) << none;
    }
    EXPECT_EQ(choose_range("bytes=0-", 0).kind, RangeChoice::Kind::Unsatisfiable);
    EXPECT_EQ(choose_range("bytes=-5", 0).kind, RangeChoice::Kind::Unsatisfiable);
}

TEST(RequestIds, are_24_upper_hex_digits_and_differ) {
    RequestIds ids;
    const runtime::WallTime now{std::chrono::milliseconds(0x5C3D9175LL * 1000)};
    const std::string first = ids.next(now);
    EXPECT_EQ(first.size(), 24U);
    EXPECT_TRUE(first.starts_with("5C3D9175"));
    EXPECT_NE(first, ids.next(now));
}

TEST(ContentMd5, is_checked_against_the_text) {
    const std::string good = codec::base64_encode(crypto::md5(as_bytes("body")).bytes());
    EXPECT_TRUE(check_content_md5(good, "body"));
    EXPECT_TRUE(check_content_md5("", "body"));
    EXPECT_EQ(check_content_md5(good, "other").error().code, ErrorCode::InvalidDigest);
    EXPECT_EQ(check_content_md5("xx", "body").error().code, ErrorCode::InvalidDigest);
}

}  // namespace
}  // namespace antipode::protocol
