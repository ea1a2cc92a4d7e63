#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

std::vector<std::string> texts(const codec::XmlElement& root,
                               std::string_view element,
                               std::string_view child) {
    std::vector<std::string> out;
    for (const codec::XmlElement& each : root.children) {
        if (each.name == element) {
            out.emplace_back(each.child_text(child));
        }
    }
    return out;
}

using Names = std::vector<std::string>;

class ListingTest : public GatewayTest {
  protected:
    ListingTest() {
        make_bucket();
        for (const char* key : {"a", "d/1", "d/2", "e+f g", "z"}) {
            put(key, key);
        }
    }

    codec::XmlElement list(std::string query) {
        return ask({.bucket = "bucket", .query = std::move(query)}).xml();
    }
};

TEST_F(ListingTest, lists_version_1_with_delimiter_and_marker) {
    const codec::XmlElement all = list("delimiter=%2F");
    EXPECT_EQ(all.name, "ListBucketResult");
    EXPECT_EQ(texts(all, "Contents", "Key"), (Names{"a", "e+f g", "z"}));
    EXPECT_EQ(texts(all, "CommonPrefixes", "Prefix"), (Names{"d/"}));
    EXPECT_EQ(all.child_text("MaxKeys"), "1000");
    EXPECT_EQ(all.child("Contents")->child_text("ETag"), "\"0cc175b9c0f1b6a831c399e269772661\"");
    EXPECT_EQ(all.child("Contents")->child("Owner")->child_text("ID"), "1000");

    const codec::XmlElement page = list("delimiter=%2F&max-keys=2");
    EXPECT_EQ(page.child_text("IsTruncated"), "true");
    EXPECT_EQ(page.child_text("NextMarker"), "d/");
    const codec::XmlElement rest = list("delimiter=%2F&marker=d%2F");
    EXPECT_EQ(texts(rest, "Contents", "Key"), (Names{"e+f g", "z"}));
    EXPECT_EQ(rest.child_text("IsTruncated"), "false");
}

TEST_F(ListingTest, lists_version_2_page_by_page) {
    Names seen;
    std::string token;
    for (int page = 0; page < 5; ++page) {
        const std::string more =
            token.empty() ? std::string() : "&continuation-token=" + codec::percent_encode(token);
        const codec::XmlElement root = list("list-type=2&max-keys=2" + more);
        for (std::string& key : texts(root, "Contents", "Key")) {
            seen.push_back(std::move(key));
        }
        token = root.child_text("NextContinuationToken");
        if (token.empty()) {
            break;
        }
    }
    EXPECT_EQ(seen, (Names{"a", "d/1", "d/2", "e+f g", "z"}));
}

TEST_F(ListingTest, gives_owner_only_when_asked_in_version_2) {
    EXPECT_EQ(list("list-type=2").child("Contents")->child("Owner"), nullptr);
    EXPECT_NE(list("list-type=2&fetch-owner=true").child("Contents")->child("Owner"), nullptr);
    EXPECT_EQ(list("list-type=2").child_text("KeyCount"), "5");
    EXPECT_EQ(texts(list("list-type=2&start-after=d%2F1"), "Contents", "Key"),
              (Names{"d/2", "e+f g", "z"}));
}

TEST_F(ListingTest, encodes_keys_when_asked) {
    const codec::XmlElement root = list("encoding-type=url&prefix=e%2B");
    EXPECT_EQ(root.child_text("EncodingType"), "url");
    EXPECT_EQ(root.child_text("Prefix"), "e%2B");
    EXPECT_EQ(texts(root, "Contents", "Key"), (Names{"e%2Bf%20g"}));
}

TEST_F(ListingTest, caps_max_keys_and_refuses_nonsense) {
    EXPECT_EQ(list("max-keys=5000").child_text("MaxKeys"), "1000");
    EXPECT_EQ(list("max-keys=0").child("Contents"), nullptr);
    EXPECT_EQ(list("max-keys=0").child_text("IsTruncated"), "false");
    for (const char* bad : {"max-keys=-1",
                            "max-keys=x",
                            "encoding-type=base64",
                            "list-type=2&continuation-token=%21"}) {
        EXPECT_EQ(list(bad).child_text("Code"), "InvalidArgument") << bad;
    }
    EXPECT_EQ(ask({.bucket = "nothing", .query = "max-keys=0"}).code(), "NoSuchBucket");
}

TEST_F(ListingTest, lists_versions_and_markers) {
    set_versioning("Enabled");
    const std::string id = put("a", "new").header("x-amz-version-id");
    ask({.method = "DELETE", .bucket = "bucket", .key = "a"});

    const codec::XmlElement root = list("versions&prefix=a");

    EXPECT_EQ(root.name, "ListVersionsResult");
    EXPECT_EQ(texts(root, "Version", "VersionId"), (Names{id, "null"}));
    EXPECT_EQ(texts(root, "DeleteMarker", "IsLatest"), (Names{"true"}));
    EXPECT_EQ(list("versions&version-id-marker=x").child_text("Code"), "InvalidArgument");
}

TEST_F(ListingTest, pages_through_versions) {
    set_versioning("Enabled");
    put("a", "1");
    put("a", "2");
    Names seen;
    std::string more;
    for (int page = 0; page < 10; ++page) {
        const codec::XmlElement root = list("versions&max-keys=1" + more);
        for (std::string& key : texts(root, "Version", "Key")) {
            seen.push_back(std::move(key));
        }
        if (root.child_text("IsTruncated") == "false") {
            break;
        }
        more =
            "&key-marker=" + codec::percent_encode(root.child_text("NextKeyMarker")) +
            "&version-id-marker=" + codec::percent_encode(root.child_text("NextVersionIdMarker"));
    }
    EXPECT_EQ(seen, (Names{"a", "a", "a", "d/1", "d/2", "e+f g", "z"}));
}

}  // namespace
}  // namespace antipode::s3
