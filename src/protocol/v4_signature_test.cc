#include "protocol/v4_signature.h"

#include <gtest/gtest.h>

#include "codec/hex.h"

namespace antipode::protocol {
namespace {

const V4Credential kExample{.access_key = "AKIDEXAMPLE",
                            .date = "20150830",
                            .region = "us-east-1",
                            .service = "iam",
                            .terminator = "aws4_request"};

TEST(V4Signature, derives_the_key_of_the_aws_documentation) {
    const crypto::Digest key =
        derive_v4_key("AWS4", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", kExample);
    EXPECT_EQ(codec::hex_lower(key.bytes()),
              "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(V4Signature, derives_the_key_of_the_oss_vector) {
    const V4Credential credential{.access_key = "AKEXAMPLE0001",
                                  .date = "20240102",
                                  .region = "cn-hangzhou",
                                  .service = "oss",
                                  .terminator = "aliyun_v4_request"};
    const crypto::Digest key = derive_v4_key("aliyun_v4", "secretEXAMPLE0001", credential);
    EXPECT_EQ(codec::hex_lower(key.bytes()),
              "3957d55eead7816ba8d4f5ab6ae039fca421b173f4d6c5695d3ae8f3f795a129");
}

TEST(V4Signature, remembers_keys_by_secret_and_scope) {
    SigningKeys keys;
    const crypto::Digest first = keys.find_or_derive("AWS4", "secret", kExample);
    EXPECT_EQ(keys.find_or_derive("AWS4", "secret", kExample), first);
    EXPECT_NE(keys.find_or_derive("AWS4", "other", kExample), first);
    EXPECT_EQ(first, derive_v4_key("AWS4", "secret", kExample));
}

TEST(V4Signature, parses_a_credential_from_its_end) {
    const auto credential = parse_v4_credential("a/b/20150830/us-east-1/s3/aws4_request");
    ASSERT_TRUE(credential);
    EXPECT_EQ(credential->access_key, "a/b");
    EXPECT_EQ(credential->scope(), "20150830/us-east-1/s3/aws4_request");
    for (const std::string_view bad :
         {"", "a/b/c", "/20150830/r/s3/t", "a/2015083/r/s3/t", "a/2015083x/r/s3/t"}) {
        EXPECT_FALSE(parse_v4_credential(bad)) << bad;
    }
}

TEST(V4Signature, sorts_and_encodes_the_query) {
    const auto query = codec::parse_query("b=2&a=x y&A=1&acl&sig=no&a=%2F&%2Bp=v");
    ASSERT_TRUE(query);
    EXPECT_EQ(canonical_query(*query, "sig", EmptyValue::WithEquals),
              "%2Bp=v&A=1&a=%2F&a=x%20y&acl=&b=2");
    EXPECT_EQ(canonical_query(*query, "sig", EmptyValue::BareName),
              "%2Bp=v&A=1&a=%2F&a=x%20y&acl&b=2");
}

TEST(V4Signature, trims_header_values) {
    EXPECT_EQ(canonical_header_value("  a   b\t c "), "a b c");
    EXPECT_EQ(canonical_header_value(""), "");
}

}  // namespace
}  // namespace antipode::protocol
