#include "crypto/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace antipode::crypto {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Validity kDay{.from = 1'800'000'000, .until = 1'800'086'400};

TEST(Certificate, is_made_with_a_key_of_its_own_and_says_when_it_ends) {
    const auto authority = make_authority("a link", kDay);
    ASSERT_TRUE(authority) << authority.error().message;

    const auto one = issue(*authority, "cn-hangzhou", kDay);
    const auto other = issue(*authority, "cn-hangzhou", kDay);

    ASSERT_TRUE(one) << one.error().message;
    ASSERT_TRUE(other);
    EXPECT_THAT(one->certificate, StartsWith("-----BEGIN CERTIFICATE-----\n"));
    EXPECT_THAT(one->key, StartsWith("-----BEGIN PRIVATE KEY-----\n"));
    EXPECT_NE(one->key, other->key);
    EXPECT_EQ(valid_until(one->certificate), kDay.until);
}

TEST(Certificate, is_not_made_by_what_is_no_authority) {
    const auto authority = make_authority("a link", kDay);
    const auto stranger = make_authority("another", kDay);
    ASSERT_TRUE(authority && stranger);

    const CertifiedKey mixed{.certificate = authority->certificate, .key = stranger->key};
    EXPECT_THAT(issue(mixed, "x", kDay).error().message, HasSubstr("does not belong"));
    const CertifiedKey nothing{.certificate = "nothing", .key = "nothing"};
    EXPECT_EQ(issue(nothing, "x", kDay).error().code, ErrorCode::InvalidArgument);
    EXPECT_FALSE(valid_until("nothing"));
}

}  // namespace
}  // namespace antipode::crypto
