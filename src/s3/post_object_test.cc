#include "codec/base64.h"
#include "protocol/router.h"
#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

/// Forms go through the router, which takes them apart.
class PostObjectTest : public GatewayTest {
  protected:
    PostObjectTest() { make_bucket(); }

    [[nodiscard]] std::string policy(const std::string& rules,
                                     std::chrono::seconds life = std::chrono::hours(1)) const {
        const std::string text = fmt::format(R"({{"expiration":"{}","conditions":[{}]}})",
                                             codec::format_iso8601(now() + life),
                                             rules);
        return codec::base64_encode(as_bytes(text));
    }

    [[nodiscard]] NamedValues sign_form(NamedValues fields, const std::string& policy_text) const {
        const protocol::V4Credential scope = credential("AK");
        fields.emplace_back("policy", policy_text);
        fields.emplace_back("x-amz-algorithm", "AWS4-HMAC-SHA256");
        fields.emplace_back("x-amz-credential", "AK/" + scope.scope());
        fields.emplace_back("x-amz-date", codec::format_basic(now()));
        fields.emplace_back(
            "x-amz-signature",
            protocol::sign_v4(protocol::derive_v4_key("AWS4", "SK", scope), policy_text));
        return fields;
    }

    Got post(const NamedValues& fields,
             std::string_view file,
             std::string_view end = "\r\n--xyz--\r\n") {
        std::string body;
        for (const auto& [name, value] : fields) {
            body += fmt::format(
                "--xyz\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name, value);
        }
        body += fmt::format(
            "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"na "
            "me.txt\"\r\nContent-Type: text/x\r\n\r\n{}{}",
            file,
            end);
        http::Request request = make_request({.method = "POST", .bucket = "bucket", .body = body});
        request.headers.add("Content-Type", "multipart/form-data; boundary=\"xyz\"");
        protocol::Router router(
            {.hosts = {}, .fallback = protocol::Dialect::Oss}, *gateway, *gateway);
        http::Response response = run(router.handle(request));
        return {.status = response.status,
                .headers = std::move(response.headers),
                .body = std::move(response.text),
                .announced_size = {}};
    }

    const std::string conditions =
        R"({"bucket":"bucket"},["starts-with","$key","up/"],["content-length-range",2,10],{"x-amz-algorithm":"AWS4-HMAC-SHA256"},)"
        R"(["starts-with","$x-amz-credential",""],["starts-with","$x-amz-date",""],["starts-with","$Content-Type",""])";
};

TEST_F(PostObjectTest, stores_the_file_under_the_key_of_the_form) {
    const Got got =
        post(sign_form({{"key", "up/${filename}"}, {"Content-Type", "a/b"}}, policy(conditions)),
             "12345\r\n--x");

    EXPECT_EQ(got.status, 204) << got.body;
    EXPECT_EQ(got.header("Location"), "http://127.0.0.1:9000/bucket/up/na%20me.txt");
    EXPECT_EQ(get("up/na me.txt").body, "12345\r\n--x");
    EXPECT_EQ(get("up/na me.txt").header("Content-Type"), "a/b");
}

TEST_F(PostObjectTest, answers_as_the_form_asks) {
    const std::string more = conditions + R"(,{"success_action_status":"201"})";
    const Got got =
        post(sign_form({{"key", "up/a"}, {"success_action_status", "201"}}, policy(more)), "123");

    EXPECT_EQ(got.status, 201);
    EXPECT_EQ(got.xml().name, "PostResponse");
    EXPECT_EQ(got.xml().child_text("Key"), "up/a");
}

TEST_F(PostObjectTest, refuses_what_the_policy_does_not_permit) {
    const auto code = [&](NamedValues fields, std::string_view file) {
        return post(sign_form(std::move(fields), policy(conditions)), file).code();
    };
    EXPECT_EQ(code({{"key", "down/a"}}, "123"), "AccessDenied");
    EXPECT_EQ(code({{"key", "up/a"}, {"acl", "public-read"}}, "123"), "AccessDenied");
    EXPECT_EQ(code({{"key", "up/a"}}, "1"), "EntityTooSmall");
    EXPECT_EQ(code({{"key", "up/a"}}, "12345678901"), "EntityTooLarge");
    EXPECT_EQ(
        post(sign_form({{"key", "up/a"}}, policy(conditions, std::chrono::seconds(-1))), "123")
            .code(),
        "AccessDenied");
    EXPECT_EQ(
        post(sign_form({{"key", "up/a"}}, policy(R"(["matches","$key",".*"])")), "123").code(),
        "InvalidPolicyDocument");
    EXPECT_EQ(post(sign_form({{"key", "up/a"}}, "e30="), "123").code(), "InvalidPolicyDocument");
    EXPECT_EQ(get("up/a").code(), "NoSuchKey");
}

TEST_F(PostObjectTest, refuses_a_wrong_signature_and_strangers) {
    NamedValues fields = sign_form({{"key", "up/a"}}, policy(conditions));
    fields.back().second.front() = fields.back().second.front() == '0' ? '1' : '0';
    EXPECT_EQ(post(fields, "123").code(), "SignatureDoesNotMatch");
    EXPECT_EQ(post({{"key", "up/a"}, {"x-amz-meta-a", "b"}}, "123").code(), "AccessDenied");
    EXPECT_EQ(post(sign_form({}, policy(conditions)), "123").code(), "InvalidArgument");
}

TEST_F(PostObjectTest, takes_no_field_that_would_break_a_header) {
    const auto code = [&](const std::string& name, const std::string& value) {
        const std::string more = fmt::format(R"({},["starts-with","${}",""])", conditions, name);
        return post(sign_form({{"key", "up/a"}, {name, value}}, policy(more)), "123").code();
    };

    EXPECT_EQ(code("x-amz-meta-a", "b\r\nSet-Cookie: c"), "InvalidArgument");
    EXPECT_EQ(code("x-amz-meta-a b", "c"), "InvalidArgument");
    EXPECT_EQ(code("Content-Disposition", "a\nb"), "InvalidArgument");
    EXPECT_EQ(code("success_action_redirect", "http://h/\r\nSet-Cookie: c"), "InvalidArgument");
    EXPECT_EQ(get("up/a").code(), "NoSuchKey");
}

TEST_F(PostObjectTest, counts_the_first_field_of_a_name_as_its_policy_does) {
    const std::string more = conditions + R"(,{"x-amz-meta-a":"1"})";
    const Got got = post(
        sign_form({{"key", "up/a"}, {"x-amz-meta-a", "1"}, {"X-Amz-Meta-A", "2"}}, policy(more)),
        "123");

    EXPECT_EQ(got.status, 204) << got.body;
    EXPECT_EQ(get("up/a").header("x-amz-meta-a"), "1");
}

TEST_F(PostObjectTest, refuses_a_form_that_is_cut_off) {
    EXPECT_EQ(post(sign_form({{"key", "up/a"}}, policy(conditions)), "123", "").code(),
              "IncompleteBody");
    EXPECT_EQ(get("up/a").code(), "NoSuchKey");
}

}  // namespace
}  // namespace antipode::s3
