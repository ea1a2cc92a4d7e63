#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

constexpr const char* kHeader = "x-oss-server-side-encryption";
constexpr const char* kKeyHeader = "x-oss-server-side-encryption-key-id";

std::string rule(const std::string& content) {
    return "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>" + content +
           "</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>";
}

class EncryptionTest : public GatewayTest {
  protected:
    Answer configure(const std::string& body) {
        return ask({.method = "PUT", .bucket = "bucket", .query = "encryption", .body = body});
    }

    Answer shown() { return ask({.bucket = "bucket", .query = "encryption"}); }
};

TEST_F(EncryptionTest, is_asked_for_and_shown_on_every_answer_about_the_object) {
    make_bucket();
    const Answer managed = put("a", "content", {{kHeader, "AES256"}});
    EXPECT_EQ(managed.status, 200) << managed.body;
    EXPECT_EQ(managed.header(kHeader), "AES256");
    EXPECT_EQ(managed.header("ETag"), "\"9A0364B9E99BB480DD25E1F0284C8555\"") << "of plain bytes";
    const Answer keyed = put("b", "content", {{kHeader, "KMS"}, {kKeyHeader, "own"}});
    EXPECT_EQ(keyed.status, 200) << keyed.body;
    EXPECT_EQ(keyed.header(kHeader), "KMS");
    EXPECT_EQ(keyed.header(kKeyHeader), "own");

    EXPECT_EQ(get("a").body, "content");
    EXPECT_EQ(get("a").header(kHeader), "AES256");
    EXPECT_EQ(get("b").header(kKeyHeader), "own");
    put("plain", "content");
    EXPECT_EQ(get("plain").header(kHeader), "");
    const Answer copied = put("copy", "", {{"x-oss-copy-source", "/bucket/a"}, {kHeader, "KMS"}});
    EXPECT_EQ(copied.status, 200) << copied.body;
    EXPECT_EQ(copied.header(kHeader), "KMS");
    EXPECT_EQ(get("copy").body, "content");
}

TEST_F(EncryptionTest, of_uploads_and_appends_is_said_at_their_start) {
    make_bucket();
    const Answer begun = ask({.method = "POST",
                              .bucket = "bucket",
                              .key = "k",
                              .query = "uploads",
                              .headers = {{kHeader, "AES256"}}});
    ASSERT_EQ(begun.status, 200) << begun.body;
    EXPECT_EQ(begun.header(kHeader), "AES256");
    const std::string id(codec::parse_xml(begun.body).value().child_text("UploadId"));
    const Ask part{.method = "PUT",
                   .bucket = "bucket",
                   .key = "k",
                   .query = "partNumber=1&uploadId=" + id,
                   .headers = {{kHeader, "AES256"}},
                   .body = "content"};
    EXPECT_EQ(ask(part).code(), "InvalidArgument");
    Ask plain_part = part;
    plain_part.headers.clear();
    const Answer stored = ask(plain_part);
    ASSERT_EQ(stored.status, 200) << stored.body;
    const Answer done =
        ask({.method = "POST",
             .bucket = "bucket",
             .key = "k",
             .query = "uploadId=" + id,
             .body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                     stored.header("ETag") + "</ETag></Part></CompleteMultipartUpload>"});
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.header(kHeader), "AES256");
    EXPECT_EQ(get("k").body, "content");

    const auto append = [this](const std::string& position, NamedValues headers) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .key = "log",
                    .query = "append&position=" + position,
                    .headers = std::move(headers),
                    .body = "line"});
    };
    EXPECT_EQ(append("0", {{kHeader, "KMS"}, {kKeyHeader, "own"}}).code(), "InvalidArgument");
    EXPECT_EQ(append("0", {{kHeader, "KMS"}}).header(kHeader), "KMS");
    EXPECT_EQ(append("4", {}).header(kHeader), "KMS");
    EXPECT_EQ(get("log").body, "lineline");
}

TEST_F(EncryptionTest, refuses_what_is_wrong_or_not_built_and_stores_nothing) {
    make_bucket();
    EXPECT_EQ(put("k", "v", {{kHeader, "ROT13"}}).code(), "InvalidEncryptionAlgorithmError");
    EXPECT_EQ(put("k", "v", {{kHeader, "AES256"}, {kKeyHeader, "own"}}).code(), "InvalidArgument");
    EXPECT_EQ(put("k", "v", {{kKeyHeader, "own"}}).code(), "InvalidArgument");
    const Answer unknown = put("k", "v", {{kHeader, "KMS"}, {kKeyHeader, "nobody"}});
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.code(), "KeyNotFound");
    EXPECT_EQ(put("k", "v", {{kHeader, "SM4"}}).status, 501);
    EXPECT_EQ(put("k", "v", {{"x-oss-server-side-data-encryption", "SM4"}}).status, 501);
    EXPECT_EQ(get("k").code(), "NoSuchKey");
    put("k", "v");
    EXPECT_EQ(ask({.bucket = "bucket", .key = "k", .headers = {{kHeader, "AES256"}}}).code(),
              "InvalidArgument");
}

TEST_F(EncryptionTest, of_a_bucket_is_the_default_of_what_is_written) {
    make_bucket();
    EXPECT_EQ(shown().code(), "NoSuchServerSideEncryptionRule");
    const Answer set =
        configure(rule("<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>own</KMSMasterKeyID>"));
    EXPECT_EQ(set.status, 200) << set.body;
    const codec::XmlElement document = codec::parse_xml(shown().body).value();
    const auto* by_default = document.child("ApplyServerSideEncryptionByDefault");
    EXPECT_EQ(by_default->child_text("SSEAlgorithm"), "KMS");
    EXPECT_EQ(by_default->child_text("KMSMasterKeyID"), "own");
    EXPECT_EQ(put("k", "v").header(kKeyHeader), "own");
    EXPECT_EQ(put("asked", "v", {{kHeader, "AES256"}}).header(kHeader), "AES256");
    const Answer info = ask({.bucket = "bucket", .query = "bucketInfo"});
    EXPECT_TRUE(info.body.contains("<SSEAlgorithm>KMS</SSEAlgorithm>")) << info.body;

    EXPECT_EQ(configure("<a/>").code(), "MalformedXML");
    EXPECT_EQ(configure(rule("<SSEAlgorithm>ROT13</SSEAlgorithm>")).code(),
              "InvalidEncryptionAlgorithmError");
    EXPECT_EQ(configure(rule("<SSEAlgorithm>AES256</SSEAlgorithm>"
                             "<KMSMasterKeyID>own</KMSMasterKeyID>"))
                  .code(),
              "InvalidArgument");
    EXPECT_EQ(configure(rule("<SSEAlgorithm>SM4</SSEAlgorithm>")).status, 501);
    EXPECT_EQ(put("k", "v").header(kKeyHeader), "own") << "the refused changed nothing";

    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .query = "encryption"}).status, 204);
    EXPECT_EQ(shown().status, 404);
    EXPECT_EQ(put("plain", "v").header(kHeader), "");
    EXPECT_EQ(get("k").body, "v");
}

}  // namespace
}  // namespace antipode::oss
