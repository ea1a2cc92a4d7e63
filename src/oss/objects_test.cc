#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

class Objects : public GatewayTest {
  protected:
    void SetUp() override { make_bucket(); }

    Answer ask_object(std::string method,
                      std::string key,
                      std::string query = {},
                      NamedValues headers = {}) {
        return ask({.method = std::move(method),
                    .bucket = "bucket",
                    .key = std::move(key),
                    .query = std::move(query),
                    .headers = std::move(headers)});
    }

    Answer append(const std::string& position, std::string body) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .key = "log",
                    .query = "append&position=" + position,
                    .body = std::move(body)});
    }

    Answer copy(std::string to, std::string source, NamedValues headers = {}) {
        headers.emplace_back("x-oss-copy-source", std::move(source));
        return ask_object("PUT", std::move(to), "", std::move(headers));
    }
};

TEST_F(Objects, are_read_in_ranges_with_oss_s_own_idea_of_wrong_ones) {
    put("k", "0123456789");

    const Answer middle = get("k", "", {{"Range", "bytes=2-4"}});
    const Answer tail = get("k", "", {{"Range", "bytes=-3"}});
    const Answer behind = get("k", "", {{"Range", "bytes=10-12"}});
    const Answer too_long = get("k", "", {{"Range", "bytes=5-99"}});
    const Answer standard_cut =
        get("k", "", {{"Range", "bytes=5-99"}, {"x-oss-range-behavior", "standard"}});
    const Answer standard_behind =
        get("k", "", {{"Range", "bytes=10-12"}, {"x-oss-range-behavior", "standard"}});

    EXPECT_EQ(middle.status, 206);
    EXPECT_EQ(middle.body, "234");
    EXPECT_EQ(middle.header("Content-Range"), "bytes 2-4/10");
    EXPECT_EQ(tail.body, "789");
    EXPECT_EQ(behind.status, 200);
    EXPECT_EQ(behind.body, "0123456789");
    EXPECT_EQ(too_long.status, 200);
    EXPECT_EQ(standard_cut.status, 206);
    EXPECT_EQ(standard_cut.body, "56789");
    EXPECT_EQ(standard_behind.status, 416);
    EXPECT_EQ(standard_behind.code(), "InvalidRange");
    EXPECT_EQ(standard_behind.header("Content-Range"), "bytes */10");
}

TEST_F(Objects, are_read_on_conditions) {
    const std::string etag = put("k", "v").header("ETag");

    EXPECT_EQ(get("k", "", {{"If-Match", etag}}).status, 200);
    const Answer other = get("k", "", {{"If-Match", "\"00\""}});
    const Answer same = get("k", "", {{"If-None-Match", etag}});

    EXPECT_EQ(other.status, 412);
    EXPECT_EQ(other.code(), "PreconditionFailed");
    EXPECT_EQ(same.status, 304);
    EXPECT_EQ(same.body, "");
}

TEST_F(Objects, are_read_with_other_headers_when_asked) {
    put("k", "v", {{"Content-Type", "text/plain"}});

    const Answer answer = get("k",
                              "response-content-type=text%2Fhtml&response-cache-control=no-store"
                              "&response-content-disposition=attachment");
    const Answer injected = get("k", "response-content-type=a%0d%0aX-Evil%3A%201");
    const Answer control = get("k", "response-expires=a%7Fb");

    EXPECT_EQ(answer.header("Content-Type"), "text/html");
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("Content-Disposition"), "attachment");
    EXPECT_EQ(injected.code(), "InvalidArgument");
    EXPECT_EQ(control.code(), "InvalidArgument");
}

TEST_F(Objects, show_head_and_meta_without_a_body) {
    put("k", "value", {{"x-oss-meta-a", "b"}});

    const Answer head = ask_object("HEAD", "k");
    const Answer meta = ask_object("HEAD", "k", "objectMeta");

    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.announced_size, 5U);
    EXPECT_EQ(head.header("x-oss-meta-a"), "b");
    EXPECT_EQ(head.header("Content-Type"), "application/octet-stream");
    EXPECT_EQ(meta.announced_size, 5U);
    EXPECT_EQ(meta.header("x-oss-meta-a"), "");
    EXPECT_NE(meta.header("Last-Modified"), "");
}

TEST_F(Objects, are_refused_when_a_digest_is_not_theirs) {
    EXPECT_EQ(put("k", "v", {{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}}).code(), "InvalidDigest");
    EXPECT_EQ(put("k", "v", {{"Content-MD5", "abc"}}).code(), "InvalidDigest");
    EXPECT_EQ(put("k", "v", {{"x-oss-hash-crc64ecma", "1"}}).code(), "InvalidCRC64");
    EXPECT_EQ(get("k").code(), "NoSuchKey");
    EXPECT_EQ(put("k", "123456789", {{"x-oss-hash-crc64ecma", "11051210869376104954"}}).status,
              200);
}

TEST_F(Objects, need_a_length) {
    http::Request request = make_request({.method = "PUT", .bucket = "bucket", .key = "k"});
    request.content_length = std::nullopt;
    sign(request, Signed::V4, keyring.find("AK").value());

    const Answer answer = send(std::move(request));

    EXPECT_EQ(answer.status, 411);
    EXPECT_EQ(answer.code(), "MissingContentLength");
}

TEST_F(Objects, refuse_headers_with_wrong_values) {
    EXPECT_EQ(put("k", "v", {{"x-oss-object-acl", "open"}}).code(), "InvalidArgument");
    EXPECT_EQ(put("k", "v", {{"x-oss-storage-class", "standard"}}).code(), "InvalidArgument");
    EXPECT_EQ(put("k", "v", {{"x-oss-storage-class", "Archive"}}).code(), "NotImplemented");
    EXPECT_EQ(put("k", "v", {{"x-oss-traffic-limit", "1"}}).code(), "InvalidArgument");
    EXPECT_EQ(put("k", "v", {{"x-oss-forbid-overwrite", "yes"}}).code(), "InvalidArgument");
    EXPECT_EQ(put("k", "v", {{"x-oss-meta-a", std::string(8200, 'x')}}).code(), "InvalidArgument");
    const Answer condition =
        put("k", "v", {{"If-Modified-Since", "Thu, 17 Nov 2005 18:49:58 GMT"}});
    EXPECT_EQ(condition.status, 400);
    EXPECT_EQ(condition.code(), "NotImplemented");
    EXPECT_EQ(condition.xml().child_text("Header"), "if-modified-since");
}

TEST_F(Objects, travel_no_faster_than_asked_for) {
    const std::string body(300 * 1024, 'x');
    const NamedValues limit{{"x-oss-traffic-limit", "819200"}};  // 100 KiB/s.

    runtime::Instant begin = executor.now();
    EXPECT_EQ(put("k", body, limit).status, 200);
    EXPECT_GE(executor.now() - begin, std::chrono::milliseconds(2800));

    begin = executor.now();
    EXPECT_EQ(ask_object("GET", "k", "", limit).body, body);
    EXPECT_GE(executor.now() - begin, std::chrono::milliseconds(2800));
    EXPECT_EQ(ask_object("GET", "k", "", {{"x-oss-traffic-limit", "1"}}).code(), "InvalidArgument");
}

TEST_F(Objects, are_not_overwritten_when_that_is_forbidden) {
    put("k", "1");

    const Answer refused = put("k", "2", {{"x-oss-forbid-overwrite", "true"}});

    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.code(), "FileAlreadyExists");
    EXPECT_EQ(get("k").body, "1");
}

TEST_F(Objects, are_deleted_whether_they_exist_or_not) {
    put("k", "v");

    EXPECT_EQ(ask_object("DELETE", "k").status, 204);
    EXPECT_EQ(ask_object("DELETE", "k").status, 204);
    EXPECT_EQ(get("k").code(), "NoSuchKey");
}

TEST_F(Objects, have_versions_and_markers) {
    set_versioning("Enabled");
    const std::string first = put("k", "1").header("x-oss-version-id");
    const std::string second = put("k", "2").header("x-oss-version-id");
    const Answer deleted = ask_object("DELETE", "k");
    const std::string marker = deleted.header("x-oss-version-id");

    const Answer gone = get("k");
    const Answer of_marker = get("k", "versionId=" + marker);
    const Answer old = get("k", "versionId=" + first);
    const Answer unknown = get("k", "versionId=null");
    const Answer wrong = get("k", "versionId=%21%21");

    EXPECT_NE(first, second);
    EXPECT_EQ(deleted.status, 204);
    EXPECT_EQ(deleted.header("x-oss-delete-marker"), "true");
    EXPECT_EQ(gone.status, 404);
    EXPECT_EQ(gone.code(), "NoSuchKey");
    EXPECT_EQ(gone.header("x-oss-delete-marker"), "true");
    EXPECT_EQ(gone.header("x-oss-version-id"), marker);
    EXPECT_EQ(of_marker.status, 405);
    EXPECT_EQ(of_marker.code(), "MethodNotAllowed");
    EXPECT_EQ(of_marker.header("x-oss-delete-marker"), "true");
    EXPECT_EQ(of_marker.header("Allow"), "DELETE");
    EXPECT_EQ(old.body, "1");
    EXPECT_EQ(old.header("x-oss-version-id"), first);
    EXPECT_EQ(unknown.code(), "NoSuchVersion");
    EXPECT_EQ(wrong.code(), "InvalidArgument");

    const Answer unmarked = ask_object("DELETE", "k", "versionId=" + marker);
    EXPECT_EQ(unmarked.header("x-oss-delete-marker"), "true");
    EXPECT_EQ(unmarked.header("x-oss-version-id"), marker);
    EXPECT_EQ(get("k").body, "2");
}

TEST_F(Objects, ignore_forbid_overwrite_in_a_versioned_bucket) {
    set_versioning("Enabled");
    put("k", "1");

    EXPECT_EQ(put("k", "2", {{"x-oss-forbid-overwrite", "true"}}).status, 200);
}

TEST_F(Objects, are_deleted_many_at_once) {
    put("a&b", "1");
    put("c", "2");
    const std::string body =
        "<Delete><Quiet>false</Quiet><Object><Key>a&amp;b</Key></Object><Object><Key>none</Key></"
        "Object></Delete>";

    const Answer deleted = ask(
        {.method = "POST", .bucket = "bucket", .query = "delete&encoding-type=url", .body = body});
    const Answer quiet =
        ask({.method = "POST",
             .bucket = "bucket",
             .query = "delete",
             .body = "<Delete><Quiet>true</Quiet><Object><Key>c</Key></Object></Delete>"});

    const codec::XmlElement result = deleted.xml();
    EXPECT_EQ(result.name, "DeleteResult");
    EXPECT_EQ(result.child_text("EncodingType"), "url");
    ASSERT_EQ(result.children.size(), 3U);
    EXPECT_EQ(result.children[1].child_text("Key"), "a%26b");
    EXPECT_EQ(quiet.status, 200);
    EXPECT_EQ(quiet.body, "");
    EXPECT_EQ(get("c").code(), "NoSuchKey");
}

TEST_F(Objects, are_not_deleted_many_at_once_by_strangers_or_wrong_documents) {
    put("c", "2");
    const auto delete_many = [this](std::string body) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .query = "delete",
                    .body = std::move(body)})
            .code();
    };
    std::string many = "<Delete>";
    for (int i = 0; i < 1001; ++i) {
        many += "<Object><Key>k</Key></Object>";
    }
    many += "</Delete>";

    EXPECT_EQ(delete_many(many), "MalformedXML");
    EXPECT_EQ(delete_many("<Delete></Delete>"), "MalformedXML");
    EXPECT_EQ(delete_many("<Delete><Object>"), "MalformedXML");
    EXPECT_EQ(ask_as_other({.method = "POST",
                            .bucket = "bucket",
                            .query = "delete",
                            .body = "<Delete><Object><Key>c</Key></Object></Delete>"})
                  .code(),
              "AccessDenied");
    EXPECT_EQ(get("c").status, 200);
}

TEST_F(Objects, grow_by_appending) {
    const Answer first = append("0", "abc");
    const Answer second = append("3", "de");
    const Answer wrong = append("3", "x");
    const Answer whole = get("log");

    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.header("x-oss-next-append-position"), "3");
    EXPECT_EQ(second.header("x-oss-next-append-position"), "5");
    EXPECT_EQ(wrong.status, 409);
    EXPECT_EQ(wrong.code(), "PositionNotEqualToLength");
    EXPECT_EQ(wrong.header("x-oss-next-append-position"), "5");
    EXPECT_EQ(whole.body, "abcde");
    EXPECT_EQ(whole.header("x-oss-object-type"), "Appendable");
    EXPECT_EQ(whole.header("x-oss-next-append-position"), "5");
    EXPECT_EQ(whole.header("x-oss-hash-crc64ecma"), second.header("x-oss-hash-crc64ecma"));
}

TEST_F(Objects, are_not_appended_to_without_a_position_or_when_they_are_ordinary) {
    put("log", "v");

    EXPECT_EQ(append("0", "x").code(), "ObjectNotAppendable");
    EXPECT_EQ(append("x", "x").code(), "InvalidArgument");
    EXPECT_EQ(ask({.method = "POST", .bucket = "bucket", .key = "log", .query = "append"}).code(),
              "MissingArgument");
}

TEST_F(Objects, are_copied_with_or_without_their_metadata) {
    put("dir/a b",
        "value",
        {{"Content-Type", "text/plain"}, {"x-oss-meta-a", "1"}, {"x-oss-tagging", "t=1"}});

    const Answer kept = copy("kept", "/bucket/dir%2Fa%20b");
    const Answer replaced = copy("replaced",
                                 "/bucket/dir/a%20b",
                                 {{"x-oss-metadata-directive", "REPLACE"},
                                  {"x-oss-meta-b", "2"},
                                  {"x-oss-tagging-directive", "Replace"},
                                  {"x-oss-tagging", "u=2&v=3"}});

    EXPECT_EQ(kept.xml().name, "CopyObjectResult");
    EXPECT_EQ(kept.xml().child_text("ETag"), get("kept").header("ETag"));
    EXPECT_EQ(get("kept").header("x-oss-meta-a"), "1");
    EXPECT_EQ(get("kept").header("x-oss-tagging-count"), "1");
    EXPECT_EQ(replaced.status, 200);
    EXPECT_EQ(get("replaced").header("x-oss-meta-a"), "");
    EXPECT_EQ(get("replaced").header("x-oss-meta-b"), "2");
    EXPECT_EQ(get("replaced").header("x-oss-tagging-count"), "2");
    EXPECT_EQ(get("replaced").body, "value");
}

TEST_F(Objects, are_not_copied_or_deleted_on_conditions_that_are_not_kept) {
    put("k", "v");

    const Answer copied = copy("new", "/bucket/k", {{"If-None-Match", "*"}});
    const Answer deleted = ask_object("DELETE", "k", "", {{"If-Match", "\"x\""}});

    EXPECT_EQ(copied.status, 400);
    EXPECT_EQ(copied.code(), "NotImplemented");
    EXPECT_EQ(copied.xml().child_text("Header"), "if-none-match");
    EXPECT_EQ(deleted.code(), "NotImplemented");
    EXPECT_EQ(get("new").code(), "NoSuchKey");
    EXPECT_EQ(get("k").body, "v");
}

TEST_F(Objects, are_not_copied_from_a_wrong_source) {
    put("a", "v");

    EXPECT_EQ(copy("b", "bucket").code(), "InvalidArgument");
    EXPECT_EQ(copy("b", "/bucket/%zz").code(), "InvalidArgument");
    EXPECT_EQ(copy("b", "/bucket/none").code(), "NoSuchKey");
    EXPECT_EQ(copy("b", "/nobucket/a").code(), "NoSuchBucket");
    EXPECT_EQ(copy("b", "/bucket/a", {{"x-oss-metadata-directive", "KEEP"}}).code(),
              "InvalidArgument");
    EXPECT_EQ(copy("b", "/bucket/a", {{"x-oss-copy-source-if-match", "\"00\""}}).status, 412);
    EXPECT_EQ(get("b").code(), "NoSuchKey");
}

TEST_F(Objects, have_an_acl_of_their_own) {
    put("k", "v");

    const Answer inherited = get("k", "acl");
    EXPECT_EQ(ask_object("PUT", "k", "acl", {{"x-oss-object-acl", "public-read"}}).status, 200);
    const Answer own = get("k", "acl");

    EXPECT_EQ(inherited.xml().child("AccessControlList")->child_text("Grant"), "default");
    EXPECT_EQ(own.xml().child("AccessControlList")->child_text("Grant"), "public-read");
    EXPECT_EQ(ask_object("PUT", "k", "acl").code(), "MissingArgument");
    EXPECT_EQ(ask_object("PUT", "k", "acl", {{"x-oss-object-acl", "x"}}).code(), "InvalidArgument");
}

TEST_F(Objects, need_no_restoration) {
    put("k", "v");

    EXPECT_EQ(ask_object("POST", "k", "restore").code(), "OperationNotSupported");
    EXPECT_EQ(ask_object("POST", "none", "restore").code(), "NoSuchKey");
}

TEST_F(Objects, have_tags) {
    put("k", "v", {{"x-oss-tagging", "a=1&b"}});
    const auto put_tags = [this](const std::string& inside) {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .key = "k",
                    .query = "tagging",
                    .body = "<Tagging><TagSet>" + inside + "</TagSet></Tagging>"});
    };

    const codec::XmlElement two = get("k", "tagging").xml();
    EXPECT_EQ(put_tags("<Tag><Key>c</Key><Value>3</Value></Tag>").status, 200);
    const codec::XmlElement one = get("k", "tagging").xml();
    EXPECT_EQ(ask_object("DELETE", "k", "tagging").status, 204);
    const codec::XmlElement none = get("k", "tagging").xml();

    ASSERT_EQ(two.child("TagSet")->children.size(), 2U);
    EXPECT_EQ(two.child("TagSet")->children[1].child_text("Key"), "b");
    EXPECT_EQ(one.child("TagSet")->children.size(), 1U);
    EXPECT_TRUE(none.child("TagSet")->children.empty());
    EXPECT_EQ(put_tags("<Tag><Key></Key></Tag>").code(), "InvalidTaggingKey");
    EXPECT_EQ(put_tags("<Tag><Key>a</Key><Value>!</Value></Tag>").code(), "InvalidTag");
    EXPECT_EQ(put("k", "v", {{"x-oss-tagging", "a=1&a=2"}}).code(), "RepeatedTags");
}

TEST_F(Objects, are_reached_through_symlinks) {
    put("target", "value", {{"Content-Type", "text/plain"}});
    EXPECT_EQ(
        ask_object(
            "PUT", "link", "symlink", {{"x-oss-symlink-target", "target"}, {"x-oss-meta-a", "1"}})
            .status,
        200);
    ask_object("PUT", "dangling", "symlink", {{"x-oss-symlink-target", "no%20where"}});
    ask_object("PUT", "second", "symlink", {{"x-oss-symlink-target", "link"}});

    const Answer through = get("link");
    const Answer itself = get("link", "symlink");

    EXPECT_EQ(through.body, "value");
    EXPECT_EQ(through.header("x-oss-object-type"), "Symlink");
    EXPECT_EQ(through.header("x-oss-meta-a"), "1");
    EXPECT_EQ(itself.header("x-oss-symlink-target"), "target");
    EXPECT_EQ(get("dangling", "symlink").header("x-oss-symlink-target"), "no%20where");
    EXPECT_EQ(get("dangling").code(), "SymlinkTargetNotExist");
    EXPECT_EQ(get("second").code(), "InvalidTargetType");
    EXPECT_EQ(get("target", "symlink").code(), "NotSymlink");
    EXPECT_EQ(get("none", "symlink").code(), "NoSuchKey");
    EXPECT_EQ(ask_object("PUT", "link", "symlink").code(), "InvalidArgument");
}

}  // namespace
}  // namespace antipode::oss
