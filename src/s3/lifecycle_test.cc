#include "s3/detail/lifecycle_xml.h"
#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

const std::string kEverything =
    "<Rule><ID>all</ID><Filter><And><Prefix>logs/</Prefix>"
    "<Tag><Key>k</Key><Value>v</Value></Tag>"
    "<ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>"
    "<ObjectSizeLessThan>64000</ObjectSizeLessThan></And></Filter><Status>Enabled</Status>"
    "<Expiration><Days>365</Days></Expiration>"
    "<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>"
    "<NoncurrentVersionExpiration><NoncurrentDays>60</NoncurrentDays>"
    "<NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
    "<NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays>"
    "<StorageClass>STANDARD_IA</StorageClass></NoncurrentVersionTransition></Rule>";
const std::string kOldForm =
    "<Rule><ID>old</ID><Prefix>p/</Prefix><Status>Disabled</Status>"
    "<Expiration><Date>2026-01-01T00:00:00.000Z</Date></Expiration></Rule>";
const std::string kOneFilter =
    "<Rule><ID>one</ID><Filter><Tag><Key>k</Key><Value></Value></Tag></Filter>"
    "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
const std::string kNoFilter =
    "<Rule><ID>none</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"
    "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
    "</AbortIncompleteMultipartUpload></Rule>";

std::string rule(const std::string& content) {
    return "<Rule><ID>r</ID><Filter/><Status>Enabled</Status>" + content + "</Rule>";
}

std::string expiration(const std::string& content) {
    return rule("<Expiration>" + content + "</Expiration>");
}

class LifecycleTest : public GatewayTest {
  protected:
    void SetUp() override { make_bucket(); }

    Got configure(const std::string& rules) {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .query = "lifecycle",
                    .body = "<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>"});
    }

    Got shown() { return ask({.bucket = "bucket", .query = "lifecycle"}); }

    /// What is refused changes nothing.
    void expect_refused(const std::string& rules, const std::string& code) {
        EXPECT_EQ(configure(rules).code(), code) << rules;
        EXPECT_EQ(shown().code(), "NoSuchLifecycleConfiguration");
    }
};

TEST_F(LifecycleTest, is_set_shown_in_the_form_it_was_set_in_and_removed) {
    EXPECT_EQ(shown().status, 404);
    for (const std::string& rules : {kEverything, kOldForm, kOneFilter + kNoFilter}) {
        const Got set = configure(rules);
        ASSERT_EQ(set.status, 200) << set.body;
        EXPECT_TRUE(shown().body.contains(rules)) << shown().body;
        EXPECT_EQ(shown().header("x-amz-transition-default-minimum-object-size"),
                  "all_storage_classes_128K");
    }
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .query = "lifecycle"}).status, 204);
    EXPECT_EQ(shown().code(), "NoSuchLifecycleConfiguration");
}

TEST_F(LifecycleTest, gives_ids_to_rules_without_one_and_takes_overlapping_filters) {
    const std::string nameless =
        "<Rule><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
    ASSERT_EQ(configure(nameless + nameless).status, 200);

    const codec::XmlElement document = shown().xml();
    ASSERT_EQ(document.children.size(), 2U);
    EXPECT_EQ(document.children[0].child_text("ID").size(), 32U);
    EXPECT_NE(document.children[0].child_text("ID"), document.children[1].child_text("ID"));
}

TEST_F(LifecycleTest, refuses_what_is_no_such_document) {
    expect_refused("", "MalformedXML");
    expect_refused("<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>",
                   "MalformedXML");
    expect_refused(rule("<Prefix/><Expiration><Days>1</Days></Expiration>"), "MalformedXML");
    expect_refused("<Rule><Filter/><Expiration><Days>1</Days></Expiration></Rule>", "MalformedXML");
    expect_refused(rule("<Surprise/>"), "MalformedXML");
    expect_refused(expiration("<Days>1</Days><Date>2026-01-01T00:00:00.000Z</Date>"),
                   "MalformedXML");
    expect_refused(
        expiration("<Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"),
        "MalformedXML");
    expect_refused(expiration("<Days>soon</Days>"), "MalformedXML");
    expect_refused(
        "<Rule><Filter><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag>"
        "</Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>",
        "MalformedXML");
}

TEST_F(LifecycleTest, refuses_rules_that_cannot_be) {
    expect_refused(expiration("<Days>0</Days>"), "InvalidArgument");
    expect_refused(expiration("<Date>2026-01-01T08:00:00.000Z</Date>"), "InvalidArgument");
    expect_refused(rule(""), "InvalidRequest");
    expect_refused(rule("<Transition><Days>29</Days><StorageClass>STANDARD_IA</StorageClass>"
                        "</Transition>"),
                   "InvalidArgument");
    expect_refused(rule("<Expiration><Days>30</Days></Expiration><Transition><Days>30</Days>"
                        "<StorageClass>STANDARD_IA</StorageClass></Transition>"),
                   "InvalidArgument");
    expect_refused(rule("<Expiration><Days>30</Days></Expiration><Transition>"
                        "<Date>2026-01-01T00:00:00.000Z</Date>"
                        "<StorageClass>STANDARD_IA</StorageClass></Transition>"),
                   "InvalidRequest");
    expect_refused(rule("<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
                        "<NewerNoncurrentVersions>101</NewerNoncurrentVersions>"
                        "</NoncurrentVersionExpiration>"),
                   "InvalidArgument");
    expect_refused(
        "<Rule><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>"
        "<Status>Enabled</Status><AbortIncompleteMultipartUpload>"
        "<DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
        "</Rule>",
        "InvalidRequest");
    expect_refused(expiration("<Days>1</Days>") + expiration("<Days>2</Days>"), "InvalidArgument");
    ASSERT_EQ(configure(expiration("<Days>1</Days>")).status, 200);
}

TEST_F(LifecycleTest, names_what_is_not_built) {
    for (const std::string storage_class : {"GLACIER", "GLACIER_IR", "INTELLIGENT_TIERING"}) {
        const Got got = configure(rule("<Transition><Days>30</Days><StorageClass>" + storage_class +
                                       "</StorageClass></Transition>"));
        EXPECT_EQ(got.status, 501);
        EXPECT_TRUE(got.body.contains(storage_class)) << got.body;
    }
    const Got sizes = ask(
        {.method = "PUT",
         .bucket = "bucket",
         .query = "lifecycle",
         .headers = {{"x-amz-transition-default-minimum-object-size", "varies_by_storage_class"}},
         .body = "<LifecycleConfiguration>" + kOneFilter + "</LifecycleConfiguration>"});
    EXPECT_EQ(sizes.status, 501);
    EXPECT_EQ(shown().status, 404);
}

TEST_F(LifecycleTest, is_told_with_the_objects_it_will_remove) {
    ASSERT_EQ(configure("<Rule><ID>a \"b\"</ID><Filter><Prefix>p/</Prefix></Filter>"
                        "<Status>Enabled</Status><Expiration><Date>2030-01-01T00:00:00Z</Date>"
                        "</Expiration></Rule>")
                  .status,
              200);
    const std::string expected =
        "expiry-date=\"Tue, 01 Jan 2030 00:00:00 GMT\", rule-id=\"a%20%22b%22\"";

    EXPECT_EQ(put("p/k", "v").header("x-amz-expiration"), expected);
    EXPECT_EQ(get("p/k").header("x-amz-expiration"), expected);
    EXPECT_EQ(ask({.method = "HEAD", .bucket = "bucket", .key = "p/k"}).header("x-amz-expiration"),
              expected);
    EXPECT_EQ(get("p/k", "versionId=null").header("x-amz-expiration"), "");
    EXPECT_EQ(put("other", "v").header("x-amz-expiration"), "");
}

TEST_F(LifecycleTest, that_was_made_with_OSS_is_shown_as_far_as_S3_can_say_it) {
    LifecycleRule rule;
    rule.id = "oss";
    rule.prefix = "a/";
    rule.expiration = LifecycleTime{.days = 3, .date_ms = {}};
    const object::Caller owner{
        .principal = {.account = AccountId("1000"), .access_key = "AK", .is_root = false},
        .request_id = {}};
    const auto set = [&] {
        ASSERT_TRUE(run(buckets->put_bucket_lifecycle(owner, BucketName("bucket"), {rule}, false)));
    };
    set();
    EXPECT_TRUE(shown().body.contains("<Filter><Prefix>a/</Prefix></Filter>")) << shown().body;
    rule.exclusions = {{.prefix = "a/b", .tag = {}}};
    set();
    EXPECT_EQ(shown().status, 400);
    EXPECT_EQ(shown().code(), "InvalidRequest");
    EXPECT_TRUE(shown().body.contains("Filter/Not"));
    rule.exclusions.clear();
    rule.expiration = LifecycleTime{.days = {}, .date_ms = kDayMs};
    set();
    EXPECT_TRUE(shown().body.contains("CreatedBeforeDate"));
}

}  // namespace
}  // namespace antipode::s3
