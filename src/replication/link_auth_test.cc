#include "replication/link_auth.h"

#include <gtest/gtest.h>

namespace antipode::replication {
namespace {

constexpr std::int64_t kNowMs = 1'800'000'000'000;

class LinkAuthTest : public testing::Test {
  protected:
    http::Request signed_request(const LinkSecret& secret, const std::string& from) {
        http::Request request;
        request.method = "POST";
        request.target = "/-/peer/v1/apply";
        request.peer_address = from;
        sign(secret,
             request.method,
             request.target,
             "cn-hangzhou",
             kNowMs,
             content_hash("body"),
             request.headers);
        return request;
    }

    const LinkSecret given_{.bytes = "a secret of the link", .is_explicit = true};
    const LinkSecret derived_{.bytes = "follows from the root credential", .is_explicit = false};
};

TEST_F(LinkAuthTest, takes_a_signature_by_the_secret_that_the_operator_gave_from_everywhere) {
    const auto sender = authenticate(given_, signed_request(given_, "10.0.0.1:4000"), kNowMs);

    ASSERT_TRUE(sender) << sender.error().message;
    EXPECT_EQ(sender->region, "cn-hangzhou");
    EXPECT_FALSE(sender->is_body_protected);
}

TEST_F(LinkAuthTest, takes_a_derived_secret_from_this_machine_only) {
    for (const char* const from : {"127.0.0.1:4000", "[::1]:4000", "[::ffff:127.0.0.1]:4000"}) {
        EXPECT_TRUE(authenticate(derived_, signed_request(derived_, from), kNowMs)) << from;
    }
    for (const char* const from : {"10.0.0.1:4000", "[fe80::1]:4000", "unknown"}) {
        EXPECT_EQ(authenticate(derived_, signed_request(derived_, from), kNowMs).error().code,
                  ErrorCode::AccessDenied)
            << from;
    }
}

TEST_F(LinkAuthTest, refuses_a_signature_that_is_changed_too_old_or_missing) {
    http::Request changed = signed_request(given_, "127.0.0.1:4000");
    changed.target += "?more";
    EXPECT_EQ(authenticate(given_, changed, kNowMs).error().code, ErrorCode::AccessDenied);

    const http::Request old = signed_request(given_, "127.0.0.1:4000");
    EXPECT_EQ(authenticate(given_, old, kNowMs + kLinkSkewMsMax + 1).error().code,
              ErrorCode::RequestTimeTooSkewed);

    http::Request missing;
    missing.peer_address = "127.0.0.1:4000";
    EXPECT_EQ(authenticate(given_, missing, kNowMs).error().code, ErrorCode::AccessDenied);
}

TEST_F(LinkAuthTest, believes_a_certificate_and_not_what_the_request_says_beside_it) {
    http::Request request;
    request.certified_name = "cn-beijing";
    const auto sender = authenticate(derived_, request, kNowMs);
    ASSERT_TRUE(sender) << sender.error().message;
    EXPECT_EQ(sender->region, "cn-beijing");
    EXPECT_TRUE(sender->is_body_protected);

    request.headers.set("x-antipode-region", "cn-hangzhou");
    EXPECT_EQ(authenticate(derived_, request, kNowMs).error().code, ErrorCode::AccessDenied);
}

}  // namespace
}  // namespace antipode::replication
