#include "oss/complete_request.h"
#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

class Multipart : public GatewayTest {
  protected:
    void SetUp() override { make_bucket(); }

    std::string start(NamedValues headers = {}) {
        const Answer answer = ask({.method = "POST",
                                   .bucket = "bucket",
                                   .key = "big",
                                   .query = "uploads",
                                   .headers = std::move(headers)});
        return std::string(answer.xml().child_text("UploadId"));
    }

    Answer part(const std::string& id, int number, std::string body) {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .key = "big",
                    .query = "partNumber=" + std::to_string(number) + "&uploadId=" + id,
                    .body = std::move(body)});
    }

    Answer complete(const std::string& id, std::string body, NamedValues headers = {}) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .key = "big",
                    .query = "uploadId=" + id,
                    .headers = std::move(headers),
                    .body = std::move(body)});
    }

    static std::string document(const std::vector<std::pair<int, std::string>>& parts) {
        std::string body = "<CompleteMultipartUpload>";
        for (const auto& [number, etag] : parts) {
            body += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag +
                    "</ETag></Part>";
        }
        return body + "</CompleteMultipartUpload>";
    }

    const std::string full = std::string(std::size_t{100} * 1024, 'x');
};

TEST_F(Multipart, makes_one_object_of_its_parts) {
    const std::string id = start({{"Content-Type", "text/plain"}, {"x-oss-meta-a", "1"}});
    const Answer one = part(id, 1, full);
    const Answer two = part(id, 7, "tail");

    const Answer done = complete(id, document({{1, one.header("ETag")}, {7, two.header("ETag")}}));
    const Answer whole = get("big");

    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.xml().name, "CompleteMultipartUploadResult");
    EXPECT_EQ(done.xml().child_text("Key"), "big");
    EXPECT_TRUE(done.xml().child_text("ETag").ends_with("-2\""));
    EXPECT_EQ(done.xml().child_text("Location"), "http://127.0.0.1:9000/bucket/big");
    EXPECT_EQ(whole.body, full + "tail");
    EXPECT_EQ(whole.header("x-oss-object-type"), "Multipart");
    EXPECT_EQ(whole.header("x-oss-meta-a"), "1");
    EXPECT_EQ(whole.header("Content-Type"), "text/plain");
    EXPECT_EQ(whole.header("x-oss-hash-crc64ecma"), done.header("x-oss-hash-crc64ecma"));
    EXPECT_EQ(whole.header("Content-MD5"), "");
}

TEST_F(Multipart, can_take_all_parts_there_are) {
    const std::string id = start();
    part(id, 1, full);
    part(id, 2, "tail");

    const Answer with_body = complete(id, document({{1, "00"}}), {{"x-oss-complete-all", "yes"}});
    const Answer done = complete(id, "", {{"x-oss-complete-all", "yes"}});

    EXPECT_EQ(with_body.code(), "InvalidArgument");
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(get("big").body, full + "tail");
}

TEST_F(Multipart, is_not_completed_with_wrong_parts) {
    const std::string id = start();
    const std::string one = part(id, 1, "small").header("ETag");
    const std::string two = part(id, 2, "tail").header("ETag");

    EXPECT_EQ(complete(id, document({{1, one}, {2, two}})).code(), "EntityTooSmall");
    EXPECT_EQ(complete(id, document({{2, two}, {1, one}})).code(), "InvalidPartOrder");
    EXPECT_EQ(complete(id, document({{1, two}})).code(), "InvalidPart");
    EXPECT_EQ(complete(id, document({{3, one}})).code(), "InvalidPart");
    EXPECT_EQ(complete(id, "<CompleteMultipartUpload/>").code(), "MalformedXML");
    EXPECT_EQ(complete("00000000000000000000000000000000", document({{1, one}})).code(),
              "NoSuchUpload");
    EXPECT_EQ(part(id, 0, "x").code(), "InvalidArgument");
    EXPECT_EQ(part(id, 10001, "x").code(), "InvalidArgument");
    EXPECT_EQ(get("big").code(), "NoSuchKey");
}

TEST_F(Multipart, copies_parts_from_objects) {
    put("source", full);
    const std::string id = start();

    const Answer copied = ask({.method = "PUT",
                               .bucket = "bucket",
                               .key = "big",
                               .query = "partNumber=1&uploadId=" + id,
                               .headers = {{"x-oss-copy-source", "/bucket/source"},
                                           {"x-oss-copy-source-range", "bytes=0-9"}}});
    const Answer wrong = ask({.method = "PUT",
                              .bucket = "bucket",
                              .key = "big",
                              .query = "partNumber=1&uploadId=" + id,
                              .headers = {{"x-oss-copy-source", "/bucket/source"},
                                          {"x-oss-copy-source-range", "bytes=9-"}}});
    complete(id, document({{1, std::string(copied.xml().child_text("ETag"))}}));

    EXPECT_EQ(copied.xml().name, "CopyPartResult");
    EXPECT_EQ(wrong.code(), "InvalidArgument");
    EXPECT_EQ(get("big").body, std::string(10, 'x'));
}

TEST_F(Multipart, is_listed_and_aborted) {
    const std::string id = start();
    part(id, 1, "a");
    part(id, 2, "bc");

    const codec::XmlElement uploads = ask({.bucket = "bucket", .query = "uploads"}).xml();
    const codec::XmlElement first = get("big", "max-parts=1&uploadId=" + id).xml();
    const codec::XmlElement rest = get("big", "part-number-marker=1&uploadId=" + id).xml();
    const Answer aborted =
        ask({.method = "DELETE", .bucket = "bucket", .key = "big", .query = "uploadId=" + id});

    EXPECT_EQ(uploads.name, "ListMultipartUploadsResult");
    EXPECT_EQ(uploads.child("Upload")->child_text("UploadId"), id);
    EXPECT_EQ(first.child_text("IsTruncated"), "true");
    EXPECT_EQ(first.child_text("NextPartNumberMarker"), "1");
    EXPECT_EQ(rest.child("Part")->child_text("PartNumber"), "2");
    EXPECT_EQ(rest.child("Part")->child_text("Size"), "2");
    EXPECT_EQ(aborted.status, 204);
    EXPECT_EQ(get("big", "uploadId=" + id).code(), "NoSuchUpload");
    EXPECT_EQ(ask({.bucket = "bucket", .query = "uploads"}).xml().child("Upload"), nullptr);
}

TEST(CompleteRequest, reads_parts_with_quoted_and_bare_etags) {
    const auto parts = parse_complete_upload(
        "<CompleteMultipartUpload><Part><ETag>&quot;AB&quot;</ETag><PartNumber>1</PartNumber></"
        "Part>"
        "<Part><PartNumber>2</PartNumber><ETag>CD</ETag></Part></CompleteMultipartUpload>");

    ASSERT_TRUE(parts);
    EXPECT_EQ((*parts)[0].etag, "AB");
    EXPECT_EQ((*parts)[1].number, 2U);
}

TEST(CompleteRequest, refuses_what_is_not_a_list_of_parts) {
    for (const char* inside : {"<Part><PartNumber>0</PartNumber><ETag>A</ETag></Part>",
                               "<Part><PartNumber>10001</PartNumber><ETag>A</ETag></Part>",
                               "<Part><PartNumber>x</PartNumber><ETag>A</ETag></Part>",
                               "<Part><PartNumber>1</PartNumber></Part>",
                               "<Other/>",
                               ""}) {
        const std::string body =
            "<CompleteMultipartUpload>" + std::string(inside) + "</CompleteMultipartUpload>";
        EXPECT_FALSE(parse_complete_upload(body)) << inside;
    }
}

}  // namespace
}  // namespace antipode::oss
