#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

constexpr const char* kHeader = "x-amz-server-side-encryption";
constexpr const char* kKeyHeader = "x-amz-server-side-encryption-aws-kms-key-id";

std::string configuration(const std::string& rule) {
    return "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>" + rule +
           "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
}

class EncryptionTest : public GatewayTest {
  protected:
    Got configure(const std::string& body) {
        return ask({.method = "PUT", .bucket = "bucket", .query = "encryption", .body = body});
    }

    Got shown() { return ask({.bucket = "bucket", .query = "encryption"}); }

    Got head(const std::string& key) {
        return ask({.method = "HEAD", .bucket = "bucket", .key = key});
    }
};

TEST_F(EncryptionTest, is_asked_for_and_shown_on_every_answer_about_the_object) {
    make_bucket();
    const Got managed = put("a", "content", {{kHeader, "AES256"}});
    EXPECT_EQ(managed.status, 200) << managed.body;
    EXPECT_EQ(managed.header(kHeader), "AES256");
    EXPECT_EQ(managed.header("ETag"), "\"9a0364b9e99bb480dd25e1f0284c8555\"") << "of plain bytes";
    const Got keyed = put("b", "content", {{kHeader, "aws:kms"}, {kKeyHeader, "own"}});
    EXPECT_EQ(keyed.status, 200) << keyed.body;
    EXPECT_EQ(keyed.header(kHeader), "aws:kms");
    EXPECT_EQ(keyed.header(kKeyHeader), "own");

    EXPECT_EQ(get("a").body, "content");
    EXPECT_EQ(get("a").header(kHeader), "AES256");
    EXPECT_EQ(get("b").body, "content");
    EXPECT_EQ(head("b").header(kKeyHeader), "own");
    put("plain", "content");
    EXPECT_EQ(get("plain").header(kHeader), "");
    const Got copied = put("copy", "", {{"x-amz-copy-source", "/bucket/a"}, {kHeader, "aws:kms"}});
    EXPECT_EQ(copied.status, 200) << copied.body;
    EXPECT_EQ(copied.header(kHeader), "aws:kms");
    EXPECT_EQ(get("copy").body, "content");
}

TEST_F(EncryptionTest, of_an_upload_is_said_at_its_start) {
    make_bucket();
    const Got begun = ask({.method = "POST",
                           .bucket = "bucket",
                           .key = "k",
                           .query = "uploads",
                           .headers = {{kHeader, "AES256"}}});
    ASSERT_EQ(begun.status, 200) << begun.body;
    EXPECT_EQ(begun.header(kHeader), "AES256");
    const std::string id(begun.xml().child_text("UploadId"));
    const Got part = ask({.method = "PUT",
                          .bucket = "bucket",
                          .key = "k",
                          .query = "partNumber=1&uploadId=" + id,
                          .body = "content"});
    ASSERT_EQ(part.status, 200);
    const Got done =
        ask({.method = "POST",
             .bucket = "bucket",
             .key = "k",
             .query = "uploadId=" + id,
             .body = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                     part.header("ETag") + "</ETag></Part></CompleteMultipartUpload>"});
    ASSERT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.header(kHeader), "AES256");
    EXPECT_EQ(get("k").body, "content");
}

TEST_F(EncryptionTest, refuses_what_is_wrong_or_not_built_and_stores_nothing) {
    make_bucket();
    EXPECT_EQ(put("k", "v", {{kHeader, "ROT13"}}).code(), "InvalidEncryptionAlgorithmError");
    EXPECT_EQ(put("k", "v", {{kHeader, "AES256"}, {kKeyHeader, "own"}}).code(), "InvalidArgument");
    EXPECT_EQ(put("k", "v", {{kKeyHeader, "own"}}).status, 400);
    const Got unknown = put("k", "v", {{kHeader, "aws:kms"}, {kKeyHeader, "nobody's"}});
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.code(), "KMS.NotFoundException");
    EXPECT_TRUE(unknown.body.contains("nobody"));
    for (const char* header : {"x-amz-server-side-encryption-customer-algorithm",
                               "x-amz-server-side-encryption-context",
                               "x-amz-server-side-encryption-bucket-key-enabled"}) {
        const Got refused = put("k", "v", {{header, "true"}});
        EXPECT_EQ(refused.status, 501) << header;
        EXPECT_TRUE(refused.body.contains(header));
    }
    EXPECT_EQ(put("k", "v", {{kHeader, "aws:kms:dsse"}}).status, 501);
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(EncryptionTest, of_a_bucket_is_the_default_of_what_is_written) {
    make_bucket();
    EXPECT_EQ(shown().code(), "ServerSideEncryptionConfigurationNotFoundError");
    const Got set = configure(
        configuration("<SSEAlgorithm>aws:kms</SSEAlgorithm>"
                      "<KMSMasterKeyID>arn:aws:kms:us-east-1:1:key/own</KMSMasterKeyID>"));
    EXPECT_EQ(set.status, 200) << set.body;
    const codec::XmlElement document = shown().xml();
    const auto* rule = document.child("Rule")->child("ApplyServerSideEncryptionByDefault");
    EXPECT_EQ(rule->child_text("SSEAlgorithm"), "aws:kms");
    EXPECT_EQ(rule->child_text("KMSMasterKeyID"), "own");
    EXPECT_EQ(put("k", "v").header(kKeyHeader), "own");

    EXPECT_EQ(configure("<a/>").code(), "MalformedXML");
    EXPECT_EQ(configure(configuration("<SSEAlgorithm>ROT13</SSEAlgorithm>")).status, 400);
    EXPECT_EQ(configure(configuration("<SSEAlgorithm>aws:kms</SSEAlgorithm>"
                                      "<KMSMasterKeyID>nobody</KMSMasterKeyID>"))
                  .code(),
              "KMS.NotFoundException");
    EXPECT_EQ(put("k", "v").header(kKeyHeader), "own") << "the refused changed nothing";

    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .query = "encryption"}).status, 204);
    EXPECT_EQ(shown().status, 404);
    EXPECT_EQ(put("plain", "v").header(kHeader), "");
    EXPECT_EQ(get("k").body, "v");
}

}  // namespace
}  // namespace antipode::s3
