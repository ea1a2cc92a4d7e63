#include "oss/gateway_harness.h"

namespace antipode::oss {
namespace {

class Listings : public GatewayTest {
  protected:
    void SetUp() override {
        make_bucket();
        for (const char* key : {"a", "b c", "dir/1", "dir/2", "e"}) {
            put(key, "v");
        }
    }

    codec::XmlElement list(std::string query) {
        const Answer answer = ask({.bucket = "bucket", .query = std::move(query)});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.xml();
    }

    std::string refusal(std::string query) {
        return ask({.bucket = "bucket", .query = std::move(query)}).code();
    }

    /// The texts of `name` in each `entry` of a page: "a,b".
    static std::string texts(const codec::XmlElement& page,
                             std::string_view entry,
                             std::string_view name) {
        std::string out;
        for (const codec::XmlElement& child : page.children) {
            if (child.name == entry) {
                out += (out.empty() ? "" : ",") + std::string(child.child_text(name));
            }
        }
        return out;
    }
};

TEST_F(Listings, show_objects_with_everything_clients_read) {
    const codec::XmlElement page = list("");

    EXPECT_EQ(page.name, "ListBucketResult");
    EXPECT_EQ(page.child_text("Name"), "bucket");
    EXPECT_EQ(page.child_text("MaxKeys"), "100");
    EXPECT_EQ(page.child_text("IsTruncated"), "false");
    EXPECT_EQ(texts(page, "Contents", "Key"), "a,b c,dir/1,dir/2,e");
    const codec::XmlElement& first = *page.child("Contents");
    EXPECT_EQ(first.child_text("ETag"), "\"9E3669D19B675BD57058FD4664205D2A\"");
    EXPECT_EQ(first.child_text("Size"), "1");
    EXPECT_EQ(first.child_text("Type"), "Normal");
    EXPECT_EQ(first.child_text("StorageClass"), "Standard");
    EXPECT_TRUE(first.child_text("LastModified").ends_with(".000Z"));
    EXPECT_EQ(first.child("Owner")->child_text("ID"), "1000");
}

TEST_F(Listings, go_on_from_a_marker_and_fold_at_a_delimiter) {
    const codec::XmlElement first = list("max-keys=2&delimiter=%2F");
    const codec::XmlElement rest = list("max-keys=2&delimiter=%2F&marker=b+c");

    EXPECT_EQ(texts(first, "Contents", "Key"), "a,b c");
    EXPECT_EQ(first.child_text("IsTruncated"), "true");
    EXPECT_EQ(first.child_text("NextMarker"), "b c");
    EXPECT_EQ(texts(rest, "CommonPrefixes", "Prefix"), "dir/");
    EXPECT_EQ(texts(rest, "Contents", "Key"), "e");
    EXPECT_EQ(rest.child_text("IsTruncated"), "false");
}

TEST_F(Listings, encode_keys_when_asked) {
    const codec::XmlElement page = list("encoding-type=url&prefix=b+");

    EXPECT_EQ(page.child_text("EncodingType"), "url");
    EXPECT_EQ(page.child_text("Prefix"), "b%20");
    EXPECT_EQ(texts(page, "Contents", "Key"), "b%20c");
}

TEST_F(Listings, version_2_goes_on_with_a_token_and_counts) {
    const codec::XmlElement first = list("list-type=2&max-keys=3");
    const std::string token(first.child_text("NextContinuationToken"));
    const codec::XmlElement rest =
        list("list-type=2&max-keys=3&fetch-owner=true&continuation-token=" + token);
    const codec::XmlElement after = list("list-type=2&start-after=dir%2F2");

    EXPECT_EQ(first.child_text("KeyCount"), "3");
    EXPECT_EQ(first.child_text("IsTruncated"), "true");
    EXPECT_EQ(first.child("Contents")->child("Owner"), nullptr);
    EXPECT_EQ(texts(rest, "Contents", "Key"), "dir/2,e");
    EXPECT_NE(rest.child("Contents")->child("Owner"), nullptr);
    EXPECT_EQ(rest.child_text("ContinuationToken"), token);
    EXPECT_EQ(texts(after, "Contents", "Key"), "e");
}

TEST_F(Listings, show_versions_and_markers_newest_first) {
    set_versioning("Enabled");
    const std::string version = put("a", "2").header("x-oss-version-id");
    const std::string marker =
        ask({.method = "DELETE", .bucket = "bucket", .key = "a"}).header("x-oss-version-id");

    const codec::XmlElement page = list("versions&prefix=a");
    const codec::XmlElement first = list("versions&max-keys=1");
    const codec::XmlElement rest =
        list("versions&prefix=a&key-marker=a&version-id-marker=" + marker);

    EXPECT_EQ(page.name, "ListVersionsResult");
    EXPECT_EQ(texts(page, "DeleteMarker", "VersionId"), marker);
    EXPECT_EQ(texts(page, "DeleteMarker", "IsLatest"), "true");
    EXPECT_EQ(texts(page, "Version", "VersionId"), version + ",null");
    EXPECT_EQ(first.child_text("NextKeyMarker"), "a");
    EXPECT_EQ(first.child_text("NextVersionIdMarker"), marker);
    EXPECT_EQ(texts(rest, "Version", "VersionId"), version + ",null");
    EXPECT_EQ(refusal("versions&version-id-marker=" + marker), "InvalidArgument");
}

TEST_F(Listings, refuse_what_is_out_of_bounds) {
    EXPECT_EQ(refusal("max-keys=1001"), "InvalidArgument");
    EXPECT_EQ(refusal("max-keys=-1"), "InvalidArgument");
    EXPECT_EQ(refusal("prefix=" + std::string(1024, 'p')), "InvalidArgument");
    EXPECT_EQ(refusal("encoding-type=base64"), "InvalidArgument");
    EXPECT_EQ(refusal("list-type=3"), "InvalidArgument");
    EXPECT_EQ(refusal("list-type=2&continuation-token=zz"), "InvalidArgument");
    EXPECT_TRUE(texts(list("max-keys=0"), "Contents", "Key").empty());
}

}  // namespace
}  // namespace antipode::oss
