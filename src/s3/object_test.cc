#include "codec/base64.h"
#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

TEST_F(GatewayTest, gives_ranges_as_s3_does) {
    make_bucket();
    put("k", "0123456789");
    put("empty", "");

    const Got part = get("k", {}, {{"Range", "bytes=2-4"}});
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "234");
    EXPECT_EQ(part.header("Content-Range"), "bytes 2-4/10");
    EXPECT_EQ(get("k", {}, {{"Range", "bytes=-3"}}).body, "789");
    EXPECT_EQ(get("k", {}, {{"Range", "bytes=8-100"}}).body, "89");
    EXPECT_EQ(get("k", {}, {{"Range", "bytes=nonsense"}}).status, 200);
    const Got beyond = get("k", {}, {{"Range", "bytes=10-"}});
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.code(), "InvalidRange");
    EXPECT_EQ(beyond.header("Content-Range"), "bytes */10");
    EXPECT_EQ(get("empty", {}, {{"Range", "bytes=0-"}}).status, 416);
    EXPECT_EQ(get("empty").body, "");
}

TEST_F(GatewayTest, gives_the_head_without_the_body) {
    make_bucket();
    put("k", "0123456789");
    const Got head = ask(
        {.method = "HEAD", .bucket = "bucket", .key = "k", .headers = {{"Range", "bytes=0-3"}}});

    EXPECT_EQ(head.status, 206);
    EXPECT_EQ(head.announced_size, 4U);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(ask({.method = "HEAD", .bucket = "bucket", .key = "k"}).announced_size, 10U);
}

TEST_F(GatewayTest, answers_conditions_of_a_get) {
    make_bucket();
    const std::string etag = put("k", "v").header("ETag");

    const Got same = get("k", {}, {{"If-None-Match", etag}});
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(same.header("ETag"), etag);
    EXPECT_EQ(get("k", {}, {{"If-Match", etag}}).status, 200);
    EXPECT_EQ(get("k", {}, {{"If-Match", "\"other\""}}).code(), "PreconditionFailed");
    EXPECT_EQ(get("k", {}, {{"If-Unmodified-Since", "Thu, 01 Jan 1960 00:00:00 GMT"}}).status, 412);
    EXPECT_EQ(get("k", {}, {{"If-Modified-Since", "Thu, 01 Jan 2060 00:00:00 GMT"}}).status, 304);
}

TEST_F(GatewayTest, sends_a_changed_object_whole_after_if_range) {
    make_bucket();
    const std::string etag = put("k", "0123").header("ETag");

    EXPECT_EQ(get("k", {}, {{"Range", "bytes=1-1"}, {"If-Range", etag}}).body, "1");
    EXPECT_EQ(get("k", {}, {{"Range", "bytes=1-1"}, {"If-Range", "\"old\""}}).body, "0123");
}

TEST_F(GatewayTest, writes_under_conditions) {
    make_bucket();
    const std::string etag = put("k", "1", {{"If-None-Match", "*"}}).header("ETag");

    EXPECT_EQ(put("k", "2", {{"If-None-Match", "*"}}).code(), "PreconditionFailed");
    EXPECT_EQ(put("k", "2", {{"If-Match", "\"no\""}}).code(), "PreconditionFailed");
    EXPECT_EQ(get("k").body, "1");
    EXPECT_EQ(put("k", "2", {{"If-Match", etag}}).status, 200);
    EXPECT_EQ(get("k").body, "2");
}

TEST_F(GatewayTest, overrides_response_headers) {
    make_bucket();
    put("k", "v", {{"Content-Type", "a/b"}, {"Cache-Control", "no-cache"}});

    const Got got = get(
        "k",
        "response-content-type=text%2Fx&response-content-disposition=attachment%3B%20filename%3Dq");

    EXPECT_EQ(got.header("Content-Type"), "text/x");
    EXPECT_EQ(got.header("Content-Disposition"), "attachment; filename=q");
    EXPECT_EQ(got.header("Cache-Control"), "no-cache");
    EXPECT_EQ(get("k", "response-content-type=a%0D%0Ab").code(), "InvalidArgument");
}

TEST_F(GatewayTest, keeps_content_encoding_but_not_aws_chunked) {
    make_bucket();
    put("k", "v", {{"Content-Encoding", "aws-chunked,gzip"}});
    put("plain", "v", {{"Content-Encoding", "aws-chunked"}});

    EXPECT_EQ(get("k").header("Content-Encoding"), "gzip");
    EXPECT_FALSE(get("plain").headers.contains("Content-Encoding"));
    EXPECT_EQ(get("plain").header("Content-Type"), "binary/octet-stream");
}

TEST_F(GatewayTest, refuses_a_body_that_is_not_what_was_signed) {
    make_bucket();
    const Ask what{.method = "PUT", .bucket = "bucket", .key = "k", .body = "changed"};
    http::Request request = make_request(what);
    sign(request, "AK", "signed!");

    EXPECT_EQ(send(std::move(request)).code(), "XAmzContentSHA256Mismatch");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(GatewayTest, refuses_xml_that_is_not_what_was_signed) {
    make_bucket();
    put("k", "v");
    const std::string body = "<Delete><Object><Key>k</Key></Object></Delete>";
    const Ask what{.method = "POST", .bucket = "bucket", .query = "delete", .body = body};
    http::Request request = make_request(what);
    sign(request, "AK", "<Delete></Delete>");

    EXPECT_EQ(send(std::move(request)).code(), "XAmzContentSHA256Mismatch");
    EXPECT_EQ(get("k").status, 200);
}

TEST_F(GatewayTest, checks_content_md5) {
    make_bucket();
    EXPECT_EQ(put("k", "hello", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}}).status, 200);
    EXPECT_EQ(put("k", "hellO", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}}).code(), "BadDigest");
    EXPECT_EQ(put("k", "hellO", {{"Content-MD5", "rubbish"}}).code(), "InvalidDigest");
    EXPECT_EQ(get("k").body, "hello");
}

TEST_F(GatewayTest, keeps_and_shows_the_checksum_that_was_asked_for) {
    make_bucket();
    const std::pair<std::string, std::string> sums[] = {
        {"crc32", "y/Q5Jg=="},
        {"crc32c", "4waSgw=="},
        {"crc64nvme", "rosUhgp5mIg="},
        {"sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
        {"sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="},
    };
    for (const auto& [name, value] : sums) {
        const std::string header = "x-amz-checksum-" + name;
        EXPECT_EQ(put("k", "123456789", {{header, value}}).header(header), value) << name;
        EXPECT_EQ(get("k", {}, {{"x-amz-checksum-mode", "ENABLED"}}).header(header), value);
        EXPECT_EQ(get("k").header(header), "");
        EXPECT_EQ(put("k", "12345678X", {{header, value}}).code(), "BadDigest");
        EXPECT_EQ(put("k", "12345678X", {{header, "AA=="}}).code(), "InvalidRequest");
    }
    EXPECT_EQ(put("k",
                  "v",
                  {{"x-amz-checksum-crc32", "y/Q5Jg=="},
                   {"x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="}})
                  .code(),
              "InvalidRequest");
    EXPECT_EQ(get("k").body, "123456789");
}

TEST_F(GatewayTest, needs_a_length) {
    make_bucket();
    http::Request request = make_request({.method = "PUT", .bucket = "bucket", .key = "k"});
    request.content_length.reset();
    sign(request, "AK", "");
    const Got got = send(std::move(request));
    EXPECT_EQ(got.status, 411);
    EXPECT_EQ(got.code(), "MissingContentLength");
}

TEST_F(GatewayTest, maps_storage_classes) {
    make_bucket();
    EXPECT_EQ(put("k", "v", {{"x-amz-storage-class", "STANDARD_IA"}}).status, 200);
    EXPECT_EQ(get("k").header("x-amz-storage-class"), "STANDARD_IA");
    EXPECT_EQ(put("k", "v", {{"x-amz-storage-class", "STANDARD"}}).status, 200);
    EXPECT_EQ(get("k").header("x-amz-storage-class"), "");
    EXPECT_EQ(put("k", "v", {{"x-amz-storage-class", "GLACIER_IR"}}).status, 200);
    EXPECT_EQ(put("k", "v", {{"x-amz-storage-class", "GLACIER"}}).code(), "NotImplemented");
    EXPECT_EQ(put("k", "v", {{"x-amz-storage-class", "ONEZONE_IA"}}).code(), "NotImplemented");
    EXPECT_EQ(put("k", "v", {{"x-amz-storage-class", "WARM"}}).code(), "InvalidStorageClass");
}

TEST_F(GatewayTest, copies_with_and_without_the_metadata) {
    make_bucket();
    put("a b", "v", {{"x-amz-meta-one", "1"}, {"Content-Type", "a/b"}});
    const auto copy = [&](std::string key, NamedValues headers) {
        headers.emplace_back("x-amz-copy-source", "/bucket/a%20b");
        return put(std::move(key), "", std::move(headers));
    };

    const Got kept = copy("kept", {{"x-amz-meta-one", "ignored"}});
    EXPECT_EQ(kept.status, 200);
    EXPECT_EQ(kept.xml().name, "CopyObjectResult");
    EXPECT_EQ(kept.xml().child_text("ETag"), "\"9e3669d19b675bd57058fd4664205d2a\"");
    EXPECT_EQ(get("kept").header("x-amz-meta-one"), "1");
    copy("replaced", {{"x-amz-metadata-directive", "REPLACE"}, {"x-amz-meta-two", "2"}});
    EXPECT_EQ(get("replaced").header("x-amz-meta-two"), "2");
    EXPECT_EQ(get("replaced").header("x-amz-meta-one"), "");
    EXPECT_EQ(copy("x", {{"x-amz-metadata-directive", "SWAP"}}).code(), "InvalidArgument");
    EXPECT_EQ(copy("a b", {}).code(), "InvalidRequest");
    EXPECT_EQ(
        copy("x", {{"x-amz-copy-source-if-none-match", "\"9e3669d19b675bd57058fd4664205d2a\""}})
            .code(),
        "PreconditionFailed");
    EXPECT_EQ(put("x", "", {{"x-amz-copy-source", "bucket/none"}}).code(), "NoSuchKey");
    EXPECT_EQ(put("x", "", {{"x-amz-copy-source", "bucket"}}).code(), "InvalidArgument");
}

TEST_F(GatewayTest, keeps_versions_and_markers) {
    make_bucket();
    put("k", "0");
    set_versioning("Enabled");
    const std::string first = put("k", "1").header("x-amz-version-id");
    const std::string second = put("k", "2").header("x-amz-version-id");
    const Got deleted = ask({.method = "DELETE", .bucket = "bucket", .key = "k"});

    EXPECT_EQ(ask({.bucket = "bucket", .query = "versioning"}).xml().child_text("Status"),
              "Enabled");
    EXPECT_NE(first, second);
    EXPECT_EQ(deleted.header("x-amz-delete-marker"), "true");
    const std::string marker = deleted.header("x-amz-version-id");
    const Got hidden = get("k");
    EXPECT_EQ(hidden.code(), "NoSuchKey");
    EXPECT_EQ(hidden.header("x-amz-delete-marker"), "true");
    EXPECT_EQ(hidden.header("x-amz-version-id"), marker);
    EXPECT_EQ(get("k", "versionId=" + first).body, "1");
    EXPECT_EQ(get("k", "versionId=null").body, "0");
    const Got of_marker = get("k", "versionId=" + marker);
    EXPECT_EQ(of_marker.status, 405);
    EXPECT_EQ(of_marker.code(), "MethodNotAllowed");
    EXPECT_EQ(get("k", "versionId=").code(), "InvalidArgument");

    const Got undeleted =
        ask({.method = "DELETE", .bucket = "bucket", .key = "k", .query = "versionId=" + marker});
    EXPECT_EQ(undeleted.header("x-amz-delete-marker"), "true");
    EXPECT_EQ(get("k").body, "2");
    EXPECT_EQ(get("k").header("x-amz-version-id"), second);
}

TEST_F(GatewayTest, refuses_a_versioning_that_is_none) {
    make_bucket();
    const auto set = [&](const std::string& body) {
        return ask({.method = "PUT", .bucket = "bucket", .query = "versioning", .body = body});
    };
    EXPECT_EQ(set("<VersioningConfiguration><Status>On</Status></VersioningConfiguration>").code(),
              "MalformedXML");
    EXPECT_EQ(set("<VersioningConfiguration/>").code(), "IllegalVersioningConfigurationException");
    EXPECT_EQ(set("<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</"
                  "MfaDelete></VersioningConfiguration>")
                  .code(),
              "NotImplemented");
}

TEST_F(GatewayTest, deletes_many_and_says_what_became_of_each) {
    make_bucket();
    put("a&b", "1");
    put("c", "2");
    const std::string body =
        "<Delete "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b</Key></Object>"
        "<Object><Key>none</Key></Object><Object><Key>c</Key><VersionId>rubbish</VersionId></"
        "Object></Delete>";

    const codec::XmlElement result =
        ask({.method = "POST", .bucket = "bucket", .query = "delete", .body = body}).xml();

    ASSERT_EQ(result.children.size(), 3U);
    EXPECT_EQ(result.children[0].name, "Deleted");
    EXPECT_EQ(result.children[0].child_text("Key"), "a&b");
    EXPECT_EQ(result.children[1].name, "Deleted");
    EXPECT_EQ(get("a&b").code(), "NoSuchKey");
    EXPECT_EQ(get("c").body, "2");
    const std::string quiet = "<Delete><Quiet>true</Quiet><Object><Key>c</Key></Object></Delete>";
    EXPECT_TRUE(ask({.method = "POST", .bucket = "bucket", .query = "delete", .body = quiet})
                    .xml()
                    .children.empty());
    EXPECT_EQ(
        ask({.method = "POST", .bucket = "bucket", .query = "delete", .body = "<Delete/>"}).code(),
        "MalformedXML");
}

TEST_F(GatewayTest, refuses_to_delete_under_a_condition_it_cannot_check) {
    make_bucket();
    put("k", "v");
    EXPECT_EQ(ask({.method = "DELETE",
                   .bucket = "bucket",
                   .key = "k",
                   .headers = {{"If-Match", "\"x\""}}})
                  .code(),
              "NotImplemented");
    EXPECT_EQ(get("k").status, 200);
}

TEST_F(GatewayTest, tags_objects_and_buckets) {
    make_bucket();
    put("k", "v", {{"x-amz-tagging", "a=1&b=x%20y"}});
    EXPECT_EQ(get("k").header("x-amz-tagging-count"), "2");
    EXPECT_EQ(get("k", "tagging").xml().child("TagSet")->children[1].child_text("Value"), "x y");

    const std::string tags =
        "<Tagging><TagSet><Tag><Key>q</Key><Value></Value></Tag></TagSet></Tagging>";
    EXPECT_EQ(
        ask({.method = "PUT", .bucket = "bucket", .key = "k", .query = "tagging", .body = tags})
            .status,
        200);
    EXPECT_EQ(get("k", "tagging").xml().child("TagSet")->children.size(), 1U);
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .key = "k", .query = "tagging"}).status,
              204);
    EXPECT_EQ(get("k").header("x-amz-tagging-count"), "");
    EXPECT_EQ(ask({.method = "PUT", .bucket = "bucket", .query = "tagging", .body = tags}).status,
              204);
    EXPECT_EQ(ask({.bucket = "bucket", .query = "tagging"}).xml().child("TagSet")->children.size(),
              1U);
    EXPECT_EQ(put("k", "v", {{"x-amz-tagging", "a=1&a=2"}}).code(), "InvalidTag");
    EXPECT_EQ(
        ask({.method = "PUT", .bucket = "bucket", .query = "tagging", .body = "<Tagging/>"}).code(),
        "MalformedXML");
}

TEST_F(GatewayTest, shows_the_attributes_asked_for) {
    make_bucket();
    put("k", "123456789", {{"x-amz-checksum-crc32", "y/Q5Jg=="}});
    const codec::XmlElement root =
        get("k", "attributes", {{"x-amz-object-attributes", "ETag, Checksum,ObjectSize"}}).xml();

    EXPECT_EQ(root.child_text("ETag"), "25f9e794323b453885f5181f1b624d0b");
    EXPECT_EQ(root.child_text("ObjectSize"), "9");
    EXPECT_EQ(root.child("Checksum")->child_text("ChecksumCRC32"), "y/Q5Jg==");
    EXPECT_EQ(root.child("StorageClass"), nullptr);
    EXPECT_EQ(get("k", "attributes").code(), "InvalidArgument");
    EXPECT_EQ(get("k", "attributes", {{"x-amz-object-attributes", "Colour"}}).code(),
              "InvalidArgument");
}

TEST_F(GatewayTest, limits_user_metadata) {
    make_bucket();
    EXPECT_EQ(put("k", "v", {{"x-amz-meta-a", std::string(8191, 'x')}}).status, 200);
    EXPECT_EQ(put("k", "v", {{"x-amz-meta-a", std::string(8192, 'x')}}).code(), "MetadataTooLarge");
}

}  // namespace
}  // namespace antipode::s3
