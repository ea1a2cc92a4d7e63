#include "oss/authenticate.h"

#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

class AuthenticateTest : public GatewayTest {
  protected:
    void SetUp() override {
        make_bucket();
        ASSERT_EQ(put("k", "v").status, 200);
    }

    http::Request signed_request(Signed how, Ask what) {
        http::Request request = make_request(what);
        sign(request, how, keyring.find("AK").value());
        return request;
    }

    /// The parameters of a V4 URL that is good for `seconds`, signed with `region` in the scope.
    std::string v4_url(const std::string& seconds, const std::string& region = "cn-hangzhou") {
        const protocol::V4Credential credential{.access_key = "AK",
                                                .date = codec::format_basic_date(now()),
                                                .region = region,
                                                .service = "oss",
                                                .terminator = "aliyun_v4_request"};
        const std::string time = codec::format_basic(now());
        std::string query = "x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential=" +
                            codec::percent_encode("AK/" + credential.scope()) +
                            "&x-oss-date=" + time + "&x-oss-expires=" + seconds;
        const codec::Query parsed = codec::parse_query(query).value();
        const http::Headers headers;
        const CanonicalInput input{"GET", "bucket", "k", parsed, headers};
        const std::string text =
            protocol::v4_string_to_sign(kV4Algorithm,
                                        time,
                                        credential.scope(),
                                        v4_canonical_request({input, {}, kUnsignedPayload}));
        const crypto::Digest key = protocol::derive_v4_key(kV4SecretPrefix, "SK", credential);
        return query + "&x-oss-signature=" + protocol::sign_v4(key, text);
    }

    std::string v1_url(std::int64_t seconds_ahead) {
        const auto end =
            std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
        const std::string expires = std::to_string(end + seconds_ahead);
        const codec::Query query;
        const http::Headers headers;
        const CanonicalInput input{"GET", "bucket", "k", query, headers};
        const std::string text = v1_string_to_sign(input, expires, SignedParameters::Listed);
        return "OSSAccessKeyId=AK&Expires=" + expires +
               "&Signature=" + codec::percent_encode(v1_signature("SK", text));
    }

    Answer get_unsigned(std::string query, NamedValues headers = {}) {
        return ask({.bucket = "bucket",
                    .key = "k",
                    .query = std::move(query),
                    .headers = std::move(headers)},
                   Signed::Not);
    }
};

TEST_F(AuthenticateTest, refuses_a_wrong_secret_and_shows_what_it_signed) {
    for (const Signed how : {Signed::V1, Signed::V4}) {
        http::Request request = make_request({.bucket = "bucket", .key = "k"});
        sign(request, how, {.id = "AK", .secret = "wrong", .account = {}, .is_root = false});

        const Answer answer = send(std::move(request));

        EXPECT_EQ(answer.status, 403);
        EXPECT_EQ(answer.code(), "SignatureDoesNotMatch");
        EXPECT_EQ(answer.ec(), "0002-00000040");
        EXPECT_EQ(answer.xml().child_text("OSSAccessKeyId"), "AK");
        EXPECT_NE(answer.xml().child_text("StringToSign"), "");
        EXPECT_NE(answer.xml().child_text("StringToSignBytes"), "");
        EXPECT_EQ(answer.xml().child("CanonicalRequest") != nullptr, how == Signed::V4);
        EXPECT_FALSE(answer.body.contains("SK"));
    }
}

TEST_F(AuthenticateTest, refuses_a_request_that_was_changed_after_signing) {
    for (const Signed how : {Signed::V1, Signed::V4}) {
        http::Request other_key = signed_request(how, {.bucket = "bucket", .key = "k"});
        other_key.target = "/bucket/other";
        http::Request other_verb = signed_request(how, {.bucket = "bucket", .key = "k"});
        other_verb.method = "DELETE";
        http::Request more_headers = signed_request(how, {.bucket = "bucket", .key = "k"});
        more_headers.headers.add("x-oss-object-acl", "public-read");
        http::Request more_query = signed_request(how, {.bucket = "bucket", .key = "k"});
        more_query.target += "?acl";

        EXPECT_EQ(send(std::move(other_key)).code(), "SignatureDoesNotMatch");
        EXPECT_EQ(send(std::move(other_verb)).code(), "SignatureDoesNotMatch");
        EXPECT_EQ(send(std::move(more_headers)).code(), "SignatureDoesNotMatch");
        EXPECT_EQ(send(std::move(more_query)).code(), "SignatureDoesNotMatch");
    }
}

TEST_F(AuthenticateTest, refuses_a_key_it_does_not_know) {
    http::Request request = make_request({.bucket = "bucket", .key = "k"});
    sign(request, Signed::V4, {.id = "WHO", .secret = "SK", .account = {}, .is_root = false});

    const Answer answer = send(std::move(request));

    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.code(), "InvalidAccessKeyId");
    EXPECT_EQ(answer.ec(), "0002-00000902");
    EXPECT_EQ(answer.xml().child_text("OSSAccessKeyId"), "WHO");
}

TEST_F(AuthenticateTest, refuses_a_time_more_than_15_minutes_away_on_either_side) {
    for (const Signed how : {Signed::V1, Signed::V4}) {
        for (const std::chrono::minutes jump :
             {std::chrono::minutes(16), std::chrono::minutes(-16)}) {
            http::Request request = signed_request(how, {.bucket = "bucket", .key = "k"});
            executor.jump_wall_clock(jump);

            const Answer answer = send(std::move(request));

            EXPECT_EQ(answer.status, 403);
            EXPECT_EQ(answer.code(), "RequestTimeTooSkewed");
            EXPECT_EQ(answer.xml().child_text("MaxAllowedSkewMilliseconds"), "900000");
            executor.jump_wall_clock(-jump);
        }
    }
}

TEST_F(AuthenticateTest, accepts_a_time_that_is_14_minutes_old) {
    http::Request request = signed_request(Signed::V4, {.bucket = "bucket", .key = "k"});
    executor.jump_wall_clock(std::chrono::minutes(14));

    EXPECT_EQ(send(std::move(request)).status, 200);
}

TEST_F(AuthenticateTest, needs_a_date) {
    const Answer v1 = get_unsigned("", {{"Authorization", "OSS AK:abc="}});
    const Answer v4 =
        get_unsigned("",
                     {{"Authorization",
                       "OSS4-HMAC-SHA256 "
                       "Credential=AK/20240101/cn-hangzhou/oss/aliyun_v4_request,Signature=ab"}});

    EXPECT_EQ(v1.code(), "AccessDenied");
    EXPECT_EQ(v1.ec(), "0002-00000503");
    EXPECT_EQ(v4.code(), "AccessDenied");
}

TEST_F(AuthenticateTest, refuses_schemes_and_fields_it_does_not_know) {
    const Answer scheme = get_unsigned("", {{"Authorization", "Bearer abc"}});
    const Answer v2 = get_unsigned("", {{"Authorization", "OSS2 AccessKeyId:AK,Signature:abc"}});
    const Answer no_colon = get_unsigned("", {{"Authorization", "OSS AKabc"}});

    EXPECT_EQ(scheme.status, 400);
    EXPECT_EQ(scheme.code(), "InvalidArgument");
    EXPECT_EQ(scheme.ec(), "0002-00000002");
    EXPECT_EQ(v2.code(), "NotImplemented");
    EXPECT_EQ(no_colon.code(), "InvalidArgument");
}

TEST_F(AuthenticateTest, refuses_a_header_and_a_query_signature_together) {
    http::Request request = signed_request(
        Signed::V4,
        {.bucket = "bucket", .key = "k", .query = "OSSAccessKeyId=AK&Expires=1&Signature=x"});

    const Answer answer = send(std::move(request));

    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "InvalidArgument");
}

TEST_F(AuthenticateTest, accepts_no_region_but_its_own) {
    EXPECT_EQ(get_unsigned(v4_url("60")).status, 200);
    const Answer answer = get_unsigned(v4_url("60", "cn-beijing"));

    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "InvalidArgument");
    EXPECT_EQ(answer.ec(), "0002-00000226");
}

TEST_F(AuthenticateTest, checks_the_payload_hash_of_a_v4_request_when_one_is_signed) {
    http::Request missing = make_request({.bucket = "bucket", .key = "k"});
    missing.headers.add("x-oss-date", codec::format_basic(now()));
    missing.headers.add("Authorization",
                        "OSS4-HMAC-SHA256 Credential=AK/" + codec::format_basic_date(now()) +
                            "/cn-hangzhou/oss/aliyun_v4_request,Signature=ab");

    EXPECT_EQ(send(std::move(missing)).code(), "InvalidArgument");
}

TEST_F(AuthenticateTest, lets_a_v1_url_in_until_it_expires) {
    EXPECT_EQ(get_unsigned(v1_url(60)).body, "v");

    const Answer expired = get_unsigned(v1_url(-1));

    EXPECT_EQ(expired.status, 403);
    EXPECT_EQ(expired.code(), "AccessDenied");
    EXPECT_EQ(expired.xml().child_text("Message"), "Request has expired.");
}

TEST_F(AuthenticateTest, refuses_a_v1_url_with_a_part_missing_or_wrong) {
    EXPECT_EQ(get_unsigned("OSSAccessKeyId=AK&Signature=x").code(), "AccessDenied");
    EXPECT_EQ(get_unsigned("OSSAccessKeyId=AK&Expires=99999999999&Signature=x").code(),
              "SignatureDoesNotMatch");
    EXPECT_EQ(get_unsigned("OSSAccessKeyId=AK&Expires=tomorrow&Signature=x").code(),
              "AccessDenied");
    EXPECT_EQ(get_unsigned("OSSAccessKeyId=AK&Expires=18446744073709551615&Signature=x").code(),
              "AccessDenied");
    EXPECT_EQ(get_unsigned(v1_url(60) + "&acl").code(), "SignatureDoesNotMatch");
}

TEST_F(AuthenticateTest, lets_a_v4_url_in_until_it_expires_and_no_longer_than_a_week) {
    const std::string url = v4_url("60");
    EXPECT_EQ(get_unsigned(url).body, "v");

    executor.jump_wall_clock(std::chrono::seconds(61));
    const Answer expired = get_unsigned(url);
    executor.jump_wall_clock(-std::chrono::seconds(61));

    EXPECT_EQ(expired.code(), "AccessDenied");
    EXPECT_EQ(expired.xml().child_text("Message"), "Request has expired.");
    EXPECT_EQ(get_unsigned(v4_url("604801")).code(), "InvalidArgument");
}

TEST_F(AuthenticateTest, has_no_security_tokens) {
    http::Request v4 = signed_request(
        Signed::V4, {.bucket = "bucket", .key = "k", .headers = {{"x-oss-security-token", "t"}}});
    http::Request v1 =
        signed_request(Signed::V1, {.bucket = "bucket", .key = "k", .query = "security-token=t"});

    EXPECT_EQ(send(std::move(v4)).code(), "InvalidSecurityToken");
    EXPECT_EQ(send(std::move(v1)).code(), "InvalidSecurityToken");
}

TEST_F(AuthenticateTest, takes_a_request_without_signature_for_anonymous) {
    const Answer denied = get_unsigned("");
    ASSERT_EQ(ask({.method = "PUT",
                   .bucket = "bucket",
                   .key = "k",
                   .query = "acl",
                   .headers = {{"x-oss-object-acl", "public-read"}}})
                  .status,
              200);
    const Answer allowed = get_unsigned("");
    const Answer override_headers = get_unsigned("response-content-type=text%2Fhtml");

    EXPECT_EQ(denied.status, 403);
    EXPECT_EQ(denied.code(), "AccessDenied");
    EXPECT_EQ(allowed.body, "v");
    EXPECT_EQ(override_headers.code(), "InvalidRequest");
}

}  // namespace
}  // namespace antipode::oss
