#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

constexpr std::size_t kPartBytes = 5 * 1024 * 1024;

class MultipartTest : public GatewayTest {
  protected:
    MultipartTest() { make_bucket(); }

    std::string start(NamedValues headers = {}) {
        const Ask what{.method = "POST",
                       .bucket = "bucket",
                       .key = "k",
                       .query = "uploads",
                       .headers = std::move(headers)};
        return std::string(ask(what).xml().child_text("UploadId"));
    }

    Got part(const std::string& id, int number, std::string body, NamedValues headers = {}) {
        const Ask what{.method = "PUT",
                       .bucket = "bucket",
                       .key = "k",
                       .query = fmt::format("partNumber={}&uploadId={}", number, id),
                       .headers = std::move(headers),
                       .body = std::move(body)};
        return ask(what);
    }

    Got complete(const std::string& id, const std::string& parts, NamedValues headers = {}) {
        const Ask what{.method = "POST",
                       .bucket = "bucket",
                       .key = "k",
                       .query = "uploadId=" + id,
                       .headers = std::move(headers),
                       .body = "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>"};
        return ask(what);
    }

    static std::string element(int number, const std::string& etag, const std::string& more = {}) {
        return fmt::format(
            "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>{}</Part>", number, etag, more);
    }
};

TEST_F(MultipartTest, joins_parts_and_reads_them_one_by_one) {
    const std::string id = start({{"x-amz-meta-a", "b"}, {"Content-Type", "x/y"}});
    const std::string one = part(id, 1, std::string(kPartBytes, 'a')).header("ETag");
    const std::string two = part(id, 7, "tail").header("ETag");

    const Got done = complete(id,
                              element(1, one) + element(7, two),
                              {{"x-amz-mp-object-size", std::to_string(kPartBytes + 4)}});

    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.xml().child_text("Key"), "k");
    const std::string etag(done.xml().child_text("ETag"));
    EXPECT_TRUE(etag.ends_with("-2\"")) << etag;
    EXPECT_EQ(etag, codec::to_lower(etag));
    const Got tail = get("k", "partNumber=2");
    EXPECT_EQ(tail.status, 206);
    EXPECT_EQ(tail.body, "tail");
    EXPECT_EQ(tail.header("x-amz-mp-parts-count"), "2");
    EXPECT_EQ(tail.header("Content-Range"),
              fmt::format("bytes {}-{}/{}", kPartBytes, kPartBytes + 3, kPartBytes + 4));
    EXPECT_EQ(get("k", "partNumber=3").status, 416);
    EXPECT_EQ(get("k").header("x-amz-meta-a"), "b");
    EXPECT_EQ(get("k", "attributes", {{"x-amz-object-attributes", "ObjectParts"}})
                  .xml()
                  .child("ObjectParts")
                  ->child_text("PartsCount"),
              "2");
}

TEST_F(MultipartTest, refuses_wrong_lists_of_parts) {
    const std::string id = start();
    const std::string one = part(id, 1, "small").header("ETag");
    const std::string two = part(id, 2, "small").header("ETag");

    EXPECT_EQ(complete(id, element(1, one) + element(2, two)).code(), "EntityTooSmall");
    EXPECT_EQ(complete(id, element(2, two) + element(1, one)).code(), "InvalidPartOrder");
    EXPECT_EQ(complete(id, element(1, "\"d41d8cd98f00b204e9800998ecf8427e\"")).code(),
              "InvalidPart");
    EXPECT_EQ(complete(id, element(3, one)).code(), "InvalidPart");
    EXPECT_EQ(complete(id, "").code(), "MalformedXML");
    EXPECT_EQ(complete(id, "<Part><PartNumber>x</PartNumber><ETag>y</ETag></Part>").code(),
              "MalformedXML");
    EXPECT_EQ(complete(id, element(1, one), {{"x-amz-mp-object-size", "6"}}).code(),
              "InvalidRequest");
    EXPECT_EQ(complete("0123456789ABCDEF0123456789ABCDEF", element(1, one)).code(), "NoSuchUpload");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
    EXPECT_EQ(complete(id, element(1, one)).status, 200);
}

TEST_F(MultipartTest, refuses_part_numbers_beyond_the_limit) {
    const std::string id = start();
    EXPECT_EQ(part(id, 0, "x").code(), "InvalidArgument");
    EXPECT_EQ(part(id, 10001, "x").code(), "InvalidArgument");
    EXPECT_EQ(part(id, 10000, "x").status, 200);
}

TEST_F(MultipartTest, lists_and_aborts) {
    const std::string id = start();
    part(id, 1, "one");
    part(id, 2, "two");

    const codec::XmlElement uploads = ask({.bucket = "bucket", .query = "uploads"}).xml();
    const codec::XmlElement parts =
        ask({.bucket = "bucket", .key = "k", .query = "uploadId=" + id + "&max-parts=1"}).xml();

    EXPECT_EQ(uploads.child("Upload")->child_text("UploadId"), id);
    EXPECT_EQ(parts.child("Part")->child_text("ETag"), "\"f97c5d29941bfb1b2fdab0874906ab82\"");
    EXPECT_EQ(parts.child_text("IsTruncated"), "true");
    EXPECT_EQ(parts.child_text("NextPartNumberMarker"), "1");
    EXPECT_EQ(
        ask({.method = "DELETE", .bucket = "bucket", .key = "k", .query = "uploadId=" + id}).status,
        204);
    EXPECT_EQ(ask({.bucket = "bucket", .key = "k", .query = "uploadId=" + id}).code(),
              "NoSuchUpload");
    EXPECT_EQ(ask({.bucket = "bucket", .query = "uploads"}).xml().child("Upload"), nullptr);
}

TEST_F(MultipartTest, copies_a_range_as_a_part) {
    put("source", "0123456789");
    const std::string id = start();

    const Got copied =
        part(id,
             1,
             "",
             {{"x-amz-copy-source", "bucket/source"}, {"x-amz-copy-source-range", "bytes=2-4"}});

    EXPECT_EQ(copied.status, 200);
    EXPECT_EQ(copied.xml().name, "CopyPartResult");
    EXPECT_EQ(complete(id, element(1, std::string(copied.xml().child_text("ETag")))).status, 200);
    EXPECT_EQ(get("k").body, "234");
    const std::string other = start();
    const auto copy = [&](const char* range) {
        return part(other,
                    1,
                    "",
                    {{"x-amz-copy-source", "bucket/source"}, {"x-amz-copy-source-range", range}});
    };
    EXPECT_EQ(copy("bytes=5-3").code(), "InvalidArgument");
    EXPECT_EQ(copy("bytes=5-").code(), "InvalidArgument");
    EXPECT_GE(copy("bytes=5-10").status, 400);
}

TEST_F(MultipartTest, makes_composite_and_full_object_checksums) {
    const std::string first(kPartBytes, 'a');
    for (const char* type : {"COMPOSITE", "FULL_OBJECT"}) {
        const std::string id =
            start({{"x-amz-checksum-algorithm", "CRC32"}, {"x-amz-checksum-type", type}});
        const Got one = part(id, 1, first, {{"x-amz-sdk-checksum-algorithm", "CRC32"}});
        const Got two = part(id, 2, "123456789", {{"x-amz-checksum-crc32", "y/Q5Jg=="}});
        const std::string sum = one.header("x-amz-checksum-crc32");
        EXPECT_FALSE(sum.empty());

        const Got wrong =
            complete(id,
                     element(1, one.header("ETag"), "<ChecksumCRC32>AAAAAA==</ChecksumCRC32>") +
                         element(2, two.header("ETag"), "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32>"));
        const Got done =
            complete(id,
                     element(1, one.header("ETag"), "<ChecksumCRC32>" + sum + "</ChecksumCRC32>") +
                         element(2, two.header("ETag"), "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32>"));

        EXPECT_EQ(wrong.status, 400);
        EXPECT_EQ(done.status, 200);
        EXPECT_EQ(done.xml().child_text("ChecksumType"), type);
        EXPECT_EQ(done.xml().child_text("ChecksumCRC32").ends_with("-2"),
                  std::string_view(type) == "COMPOSITE");
        EXPECT_EQ(get("k", {}, {{"x-amz-checksum-mode", "ENABLED"}}).header("x-amz-checksum-crc32"),
                  done.xml().child_text("ChecksumCRC32"));
    }
}

TEST_F(MultipartTest, checks_the_checksum_of_the_whole) {
    const std::string id = start({{"x-amz-checksum-algorithm", "CRC64NVME"}});
    const std::string one =
        part(id, 1, "123456789", {{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}}).header("ETag");

    EXPECT_EQ(complete(id,
                       element(1, one),
                       {{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="},
                        {"x-amz-checksum-type", "FULL_OBJECT"}})
                  .code(),
              "BadDigest");
    EXPECT_EQ(complete(id,
                       element(1, one),
                       {{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="},
                        {"x-amz-checksum-type", "FULL_OBJECT"}})
                  .status,
              200);
}

TEST_F(MultipartTest, refuses_checksum_types_that_cannot_be) {
    const auto start_with = [&](const char* algorithm, const char* type) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .key = "k",
                    .query = "uploads",
                    .headers = {{"x-amz-checksum-algorithm", algorithm},
                                {"x-amz-checksum-type", type}}})
            .code();
    };
    EXPECT_EQ(start_with("SHA256", "FULL_OBJECT"), "InvalidRequest");
    EXPECT_EQ(start_with("CRC64NVME", "COMPOSITE"), "InvalidRequest");
    EXPECT_EQ(start_with("MD4", "COMPOSITE"), "InvalidRequest");
}

}  // namespace
}  // namespace antipode::s3
