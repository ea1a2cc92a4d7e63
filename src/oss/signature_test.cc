#include <gtest/gtest.h>

#include "codec/hex.h"
#include "crypto/digest.h"
#include "oss/v1_signature.h"
#include "oss/v4_signature.h"

namespace antipode::oss {
namespace {

constexpr std::string_view kSampleSecret = "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV";

http::Headers headers_of(std::initializer_list<std::pair<std::string, std::string>> fields) {
    http::Headers headers;
    for (const auto& [name, value] : fields) {
        headers.add(name, value);
    }
    return headers;
}

codec::Query query_of(std::string_view raw) {
    return codec::parse_query(raw).value();
}

TEST(V1Signature, gives_the_documented_signature_of_a_header) {
    const codec::Query query;
    const http::Headers headers =
        headers_of({{"Content-Md5", "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM="},
                    {"Content-Type", "text/html"},
                    {"X-OSS-Meta-Author", " foo@bar.com "},
                    {"X-OSS-Magic", "abracadabra"}});
    const CanonicalInput input{"PUT", "oss-example", "nelson", query, headers};

    const std::string text =
        v1_string_to_sign(input, "Thu, 17 Nov 2005 18:49:58 GMT", SignedParameters::Listed);

    EXPECT_EQ(v1_signature(kSampleSecret, text), "26NBxoKdsyly4EDv6inkoDft/yA=");
}

TEST(V1Signature, gives_the_documented_signature_of_a_url) {
    const codec::Query query = query_of("OSSAccessKeyId=x&Expires=1141889120&Signature=y");
    const http::Headers headers;
    const CanonicalInput input{"GET", "oss-example", "oss-api.pdf", query, headers};

    const std::string text = v1_string_to_sign(input, "1141889120", SignedParameters::Listed);

    EXPECT_EQ(v1_signature(kSampleSecret, text), "EwaNTn1erJGkimiJ9WmXgwnANLc=");
}

TEST(V1Signature, signs_sub_resources_sorted_and_decoded_and_leaves_out_pages) {
    const codec::Query query =
        query_of("uploadId=A%2FB&partNumber=1&prefix=x&acl&x-oss-process=image%2Finfo");
    const http::Headers headers;
    const CanonicalInput input{"GET", "b", "k", query, headers};

    const std::string text = v1_string_to_sign(input, "D", SignedParameters::Listed);

    EXPECT_EQ(text, "GET\n\n\nD\n/b/k?acl&partNumber=1&uploadId=A/B&x-oss-process=image/info");
}

TEST(V1Signature, can_sign_an_operation_s_own_parameter_too) {
    const codec::Query query = query_of("replicationProgress&rule-id=r&max-keys=5");
    const http::Headers headers;
    const CanonicalInput input{"GET", "b", "", query, headers};

    EXPECT_EQ(v1_string_to_sign(input, "D", SignedParameters::Listed),
              "GET\n\n\nD\n/b/?replicationProgress");
    EXPECT_EQ(v1_string_to_sign(input, "D", SignedParameters::ListedAndRest),
              "GET\n\n\nD\n/b/?replicationProgress&rule-id=r");
}

TEST(V4Signature, gives_the_signature_of_the_sdk_s_test) {
    const codec::Query query =
        query_of("param1=value1&%2Bparam1=value3&%7Cparam1=value4&%2Bparam2=&%7Cparam2=&param2=");
    const http::Headers headers = headers_of({{"x-oss-head1", "value"},
                                              {"abc", "value"},
                                              {"ZAbc", "value"},
                                              {"XYZ", "value"},
                                              {"content-type", "text/plain"},
                                              {"x-oss-content-sha256", "UNSIGNED-PAYLOAD"},
                                              {"x-oss-date", "20231216T162057Z"}});
    const CanonicalInput input{"PUT", "bucket", "1234+-/123/1.txt", query, headers};
    const auto credential =
        protocol::parse_v4_credential("ak/20231216/cn-hangzhou/oss/aliyun_v4_request").value();

    const std::string request = v4_canonical_request({input, {}, kUnsignedPayload});
    const std::string text =
        protocol::v4_string_to_sign(kV4Algorithm, "20231216T162057Z", credential.scope(), request);

    EXPECT_EQ(v4_canonical_query(query),
              "%2Bparam1=value3&%2Bparam2&%7Cparam1=value4&%7Cparam2&param1=value1&param2");
    EXPECT_EQ(protocol::sign_v4(protocol::derive_v4_key(kV4SecretPrefix, "sk", credential), text),
              "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe");
}

TEST(V4Signature, gives_the_values_of_our_own_vector) {
    const codec::Query query = query_of("versionId=v1&x-key=a%2Fb");
    const http::Headers headers = headers_of({{"content-md5", "eB5eJF1ptWaXm4bijSPyxw=="},
                                              {"content-type", "text/plain"},
                                              {"x-oss-meta-a", "b"},
                                              {"x-oss-content-sha256", "UNSIGNED-PAYLOAD"},
                                              {"x-oss-date", "20240102T030405Z"}});
    const CanonicalInput input{"PUT", "demo-bucket", "dir/a b+c.txt", query, headers};
    const auto credential =
        protocol::parse_v4_credential("AKEXAMPLE0001/20240102/cn-hangzhou/oss/aliyun_v4_request")
            .value();

    const std::string request = v4_canonical_request({input, {}, kUnsignedPayload});
    const crypto::Digest key =
        protocol::derive_v4_key(kV4SecretPrefix, "secretEXAMPLE0001", credential);

    EXPECT_EQ(codec::hex_lower(crypto::sha256(as_bytes(request)).bytes()),
              "07915b90248722ef591c5f009f12941ea80e5e35b0d1a5ed7bd5b8134fa80cb1");
    EXPECT_EQ(codec::hex_lower(key.bytes()),
              "3957d55eead7816ba8d4f5ab6ae039fca421b173f4d6c5695d3ae8f3f795a129");
    EXPECT_EQ(protocol::sign_v4(key,
                                protocol::v4_string_to_sign(
                                    kV4Algorithm, "20240102T030405Z", credential.scope(), request)),
              "7ddae7640ccafc21d838cfe7eb267b0763ce8c089aeb73dcf18cb55b1bcf3084");
}

TEST(V4Signature, signs_additional_headers_sorted_and_names_them) {
    const codec::Query query;
    const http::Headers headers = headers_of({{"Host", "h"}, {"abc", "1"}, {"x-oss-date", "D"}});
    const CanonicalInput input{"GET", "b", "k", query, headers};

    EXPECT_EQ(v4_canonical_request({input, {"host", "abc", "x-oss-date"}, kUnsignedPayload}),
              "GET\n/b/k\n\nabc:1\nhost:h\nx-oss-date:D\n\nabc;host\nUNSIGNED-PAYLOAD");
}

TEST(V4Authorization, reads_its_fields_in_any_order) {
    const auto go = parse_v4_authorization(
        "Credential=ak/20231216/cn-hangzhou/oss/"
        "aliyun_v4_request,AdditionalHeaders=host;X-a,Signature=ab");
    const auto python = parse_v4_authorization(
        "Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request, Signature=ab, "
        "AdditionalHeaders=host;x-a");

    ASSERT_TRUE(go && python);
    EXPECT_EQ(go->signature, "ab");
    EXPECT_EQ(go->additional_headers, (std::vector<std::string>{"host", "x-a"}));
    EXPECT_EQ(python->additional_headers, go->additional_headers);
    EXPECT_EQ(go->credential.region, "cn-hangzhou");
}

TEST(V4Authorization, refuses_what_is_not_complete) {
    EXPECT_FALSE(parse_v4_authorization(""));
    EXPECT_FALSE(
        parse_v4_authorization("Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request"));
    EXPECT_FALSE(parse_v4_authorization(
        "Credential=ak/2023/cn-hangzhou/oss/aliyun_v4_request,Signature=ab"));
    EXPECT_FALSE(parse_v4_authorization("Signature=ab"));
}

}  // namespace
}  // namespace antipode::oss
