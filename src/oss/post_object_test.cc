#include "codec/base64.h"
#include "crypto/hmac.h"
#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

std::string form(const NamedValues& fields, const std::string& file) {
    std::string out;
    for (const auto& [name, value] : fields) {
        out +=
            "--X\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
    return out +
           "--X\r\nContent-Disposition: form-data; name=\"file\"; "
           "filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n" +
           file + "\r\n--X--\r\n";
}

class PostObject : public GatewayTest {
  protected:
    void SetUp() override { make_bucket(); }

    static std::string policy(const std::string& conditions,
                              const std::string& expiration = "2999-01-01T00:00:00Z") {
        return codec::base64_encode(as_bytes("{\"expiration\":\"" + expiration +
                                             "\",\"conditions\":[" + conditions + "]}"));
    }

    static NamedValues v1_fields(const std::string& policy) {
        return {
            {"OSSAccessKeyId", "AK"},
            {"policy", policy},
            {"Signature",
             codec::base64_encode(crypto::hmac_sha1(as_bytes("SK"), as_bytes(policy)).bytes())}};
    }

    Answer post(NamedValues fields, const std::string& file) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .headers = {{"Content-Type", "multipart/form-data; boundary=X"}},
                    .body = form(std::move(fields), file)},
                   Signed::Not);
    }

    Answer post_signed(const std::string& conditions, NamedValues more, const std::string& file) {
        NamedValues fields = v1_fields(policy(conditions));
        fields.insert(fields.end(), more.begin(), more.end());
        return post(std::move(fields), file);
    }
};

TEST_F(PostObject, keeps_the_file_of_a_signed_form) {
    const Answer posted = post_signed(
        R"({"bucket":"bucket"},["starts-with","$key","dir/"],["content-length-range",0,100])",
        {{"key", "dir/${filename}"}, {"x-oss-meta-A", "1"}, {"success_action_status", "201"}},
        "line\r\n--x\r\n");
    const Answer got = get("dir/a.txt");

    EXPECT_EQ(posted.status, 201);
    EXPECT_EQ(posted.xml().name, "PostResponse");
    EXPECT_EQ(posted.xml().child_text("Key"), "dir/a.txt");
    EXPECT_EQ(got.body, "line\r\n--x\r\n");
    EXPECT_EQ(got.header("Content-Type"), "text/plain");
    EXPECT_EQ(got.header("x-oss-meta-a"), "1");
}

TEST_F(PostObject, knows_version_4_of_the_signature) {
    const std::string text = policy(R"({"bucket":"bucket"})");
    const protocol::V4Credential credential{.access_key = "AK",
                                            .date = "20240102",
                                            .region = "cn-hangzhou",
                                            .service = "oss",
                                            .terminator = "aliyun_v4_request"};
    const std::string signature =
        protocol::sign_v4(protocol::derive_v4_key(kV4SecretPrefix, "SK", credential), text);
    NamedValues fields{{"key", "k"},
                       {"policy", text},
                       {"x-oss-signature-version", "OSS4-HMAC-SHA256"},
                       {"x-oss-credential", "AK/" + credential.scope()},
                       {"x-oss-date", "20240102T030405Z"},
                       {"x-oss-signature", signature}};

    EXPECT_EQ(post(fields, "v").status, 204);
    EXPECT_EQ(get("k").body, "v");
    fields.back().second = "00";
    EXPECT_EQ(post(fields, "v").code(), "SignatureDoesNotMatch");
}

TEST_F(PostObject, is_refused_when_it_breaks_its_policy) {
    const auto code = [this](const std::string& conditions) {
        return post_signed(conditions, {{"key", "k"}, {"x-oss-object-acl", "private"}}, "12345")
            .code();
    };

    EXPECT_EQ(code(R"({"bucket":"other"})"), "AccessDenied");
    EXPECT_EQ(code(R"(["starts-with","$key","dir/"])"), "AccessDenied");
    EXPECT_EQ(code(R"(["eq","$x-oss-object-acl","public-read"])"), "AccessDenied");
    EXPECT_EQ(code(R"(["in","$x-oss-object-acl",["a","b"]])"), "AccessDenied");
    EXPECT_EQ(code(R"(["not-in","$x-oss-object-acl",["private"]])"), "AccessDenied");
    EXPECT_EQ(code(R"(["content-length-range",6,10])"), "EntityTooSmall");
    EXPECT_EQ(code(R"(["content-length-range",1,4])"), "EntityTooLarge");
    EXPECT_EQ(code(R"(["like","$key","k"])"), "InvalidPolicyDocument");
    EXPECT_EQ(code("7"), "InvalidPolicyDocument");
    EXPECT_EQ(post(v1_fields("%%%"), "v").code(), "InvalidPolicyDocument");
    EXPECT_EQ(post(v1_fields(policy(R"({"bucket":"bucket"})", "2001-01-01T00:00:00Z")), "v").code(),
              "AccessDenied");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(PostObject, takes_no_field_that_would_break_a_header) {
    const auto code = [this](const std::string& name, const std::string& value) {
        return post_signed(R"({"bucket":"bucket"})", {{"key", "k"}, {name, value}}, "v").code();
    };

    EXPECT_EQ(code("x-oss-meta-a", "b\r\nSet-Cookie: c"), "InvalidArgument");
    EXPECT_EQ(code("x-oss-meta-a b", "c"), "InvalidArgument");
    EXPECT_EQ(code("Content-Disposition", "a\nb"), "InvalidArgument");
    EXPECT_EQ(code("x-oss-content-type",
                   "a\x01"
                   "b"),
              "InvalidArgument");
    EXPECT_EQ(code("success_action_redirect", "http://h/\r\nSet-Cookie: c"), "InvalidArgument");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(PostObject, counts_the_first_field_of_a_name_as_its_policy_does) {
    const Answer posted =
        post_signed(R"({"bucket":"bucket"},{"x-oss-meta-a":"1"})",
                    {{"key", "k"}, {"x-oss-meta-a", "1"}, {"X-OSS-Meta-A", "2"}, {"key", "other"}},
                    "v");

    EXPECT_EQ(posted.status, 204);
    EXPECT_EQ(get("k").header("x-oss-meta-a"), "1");
    EXPECT_EQ(get("other").code(), "NoSuchKey");
}

TEST_F(PostObject, sends_the_browser_on_and_refuses_callbacks_by_name) {
    const Answer moved =
        post_signed(R"({"bucket":"bucket"})",
                    {{"key", "a b"}, {"success_action_redirect", "http://h/done?x=1"}},
                    "v");
    const Answer callback =
        post_signed(R"({"bucket":"bucket"})", {{"key", "c"}, {"callback", "e30="}}, "v");

    EXPECT_EQ(moved.status, 303);
    EXPECT_TRUE(moved.header("Location").starts_with("http://h/done?x=1&bucket=bucket&key=a%20b&"));
    EXPECT_EQ(callback.status, 501);
    EXPECT_NE(callback.xml().child_text("Message").find("callback"), std::string::npos);
    EXPECT_EQ(get("c").code(), "NoSuchKey");
}

TEST_F(PostObject, is_refused_to_strangers_and_without_all_parts_of_a_signature) {
    EXPECT_EQ(post({{"key", "k"}}, "v").code(), "AccessDenied");
    EXPECT_EQ(post({{"key", "k"}, {"OSSAccessKeyId", "AK"}}, "v").code(), "InvalidArgument");
    NamedValues wrong = v1_fields(policy(R"({"bucket":"bucket"})"));
    wrong[0].second = "WHO";
    EXPECT_EQ(post(wrong, "v").code(), "InvalidAccessKeyId");
}

TEST_F(PostObject, needs_a_whole_form_with_a_file) {
    const auto raw = [this](const std::string& type, const std::string& body) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .headers = {{"Content-Type", type}},
                    .body = body},
                   Signed::Not)
            .code();
    };

    EXPECT_EQ(raw("text/plain", "x"), "RequestIsNotMultiPartContent");
    EXPECT_EQ(raw("multipart/form-data; boundary=X", "x"), "MalformedPOSTRequest");
    EXPECT_EQ(raw("multipart/form-data; boundary=X", "--X--\r\n"),
              "IncorrectNumberOfFilesInPOSTRequest");
    EXPECT_EQ(raw("multipart/form-data; boundary=X",
                  "--X\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n" +
                      std::string(70'000, 'k')),
              "FieldItemTooLong");
}

TEST_F(PostObject, keeps_nothing_of_a_form_that_ends_too_early) {
    NamedValues fields = v1_fields(policy(R"({"bucket":"bucket"})"));
    fields.emplace_back("key", "k");
    std::string body = form(fields, "value");
    body.resize(body.size() - 5);

    const Answer answer = ask({.method = "POST",
                               .bucket = "bucket",
                               .headers = {{"Content-Type", "multipart/form-data; boundary=X"}},
                               .body = body},
                              Signed::Not);

    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

}  // namespace
}  // namespace antipode::oss
