#include "oss/gateway_harness.h"
#include "oss/lifecycle_xml.h"

namespace antipode::oss {
namespace {

const std::string kEverything =
    "<Rule><ID>all</ID><Prefix>logs/</Prefix><Status>Enabled</Status>"
    "<Tag><Key>k</Key><Value>v</Value></Tag>"
    "<Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>"
    "<ObjectSizeLessThan>64000</ObjectSizeLessThan>"
    "<Not><Prefix>logs/kept</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></Not></Filter>"
    "<Expiration><Days>365</Days></Expiration>"
    "<Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition>"
    "<NoncurrentVersionExpiration><NoncurrentDays>60</NoncurrentDays></NoncurrentVersionExpiration>"
    "<NoncurrentVersionTransition><NoncurrentDays>10</NoncurrentDays>"
    "<StorageClass>IA</StorageClass></NoncurrentVersionTransition></Rule>";

std::string rule(const std::string& content) {
    return "<Rule><ID>r</ID><Prefix>p/</Prefix><Status>Enabled</Status>" + content + "</Rule>";
}

std::string expiration(const std::string& content) {
    return rule("<Expiration>" + content + "</Expiration>");
}

class LifecycleTest : public GatewayTest {
  protected:
    void SetUp() override { make_bucket(); }

    Answer configure(const std::string& rules, NamedValues headers = {}) {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .query = "lifecycle",
                    .headers = std::move(headers),
                    .body = "<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>"});
    }

    Answer shown() { return ask({.bucket = "bucket", .query = "lifecycle"}); }

    /// What is refused changes nothing.
    void expect_refused(const std::string& rules, const std::string& code) {
        const Answer answer = configure(rules);
        EXPECT_EQ(answer.code(), code) << rules;
        EXPECT_EQ(shown().code(), "NoSuchLifecycle");
    }
};

TEST_F(LifecycleTest, is_set_shown_and_removed) {
    EXPECT_EQ(shown().status, 404);
    EXPECT_EQ(shown().code(), "NoSuchLifecycle");
    const Answer set = configure(kEverything);
    ASSERT_EQ(set.status, 200) << set.body;

    EXPECT_TRUE(shown().body.contains(kEverything)) << shown().body;
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .query = "lifecycle"}).status, 204);
    EXPECT_EQ(shown().code(), "NoSuchLifecycle");
    EXPECT_EQ(ask({.method = "DELETE", .bucket = "bucket", .query = "lifecycle"}).status, 204);
}

TEST_F(LifecycleTest, is_replaced_as_a_whole_and_gives_ids_to_rules_without_one) {
    ASSERT_EQ(configure(kEverything).status, 200);
    const Answer set = configure(
        "<Rule><Prefix></Prefix><Status>Disabled</Status><AbortMultipartUpload>"
        "<CreatedBeforeDate>2026-01-01T00:00:00.000Z</CreatedBeforeDate>"
        "</AbortMultipartUpload></Rule>" +
        rule("<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"
             "</Expiration>"));
    ASSERT_EQ(set.status, 200) << set.body;

    const codec::XmlElement document = shown().xml();
    ASSERT_EQ(document.children.size(), 2U);
    EXPECT_EQ(document.children[0].child_text("ID").size(), 32U);
    EXPECT_EQ(document.children[0].child_text("Status"), "Disabled");
    EXPECT_EQ(document.children[0].child("AbortMultipartUpload")->child_text("CreatedBeforeDate"),
              "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(document.children[1].child("Expiration")->child_text("ExpiredObjectDeleteMarker"),
              "true");
}

TEST_F(LifecycleTest, takes_date_for_created_before_date) {
    ASSERT_EQ(configure(expiration("<Date>2026-01-01T00:00:00.000Z</Date>")).status, 200);

    EXPECT_TRUE(
        shown().body.contains("<CreatedBeforeDate>2026-01-01T00:00:00.000Z</CreatedBeforeDate>"));
}

TEST_F(LifecycleTest, refuses_what_is_no_such_document) {
    expect_refused("", "MalformedXML");
    expect_refused("<Rule><Prefix/><Expiration><Days>1</Days></Expiration></Rule>", "MalformedXML");
    expect_refused(rule("<Status>On</Status><Expiration><Days>1</Days></Expiration>"),
                   "MalformedXML");
    expect_refused(rule("<Surprise/>"), "MalformedXML");
    expect_refused(expiration("<Weeks>1</Weeks>"), "MalformedXML");
    expect_refused(rule("<NoncurrentVersionExpiration/>"), "MalformedXML");
    expect_refused(rule("<Filter><Prefix>a</Prefix></Filter>"), "MalformedXML");
}

TEST_F(LifecycleTest, refuses_rules_that_cannot_be) {
    expect_refused(rule(""), "InvalidArgument");
    expect_refused(expiration(""), "InvalidArgument");
    expect_refused(expiration("<Days>0</Days>"), "InvalidArgument");
    expect_refused(expiration("<Days>-1</Days>"), "InvalidArgument");
    expect_refused(expiration("<Days>1</Days><Date>2026-01-01T00:00:00.000Z</Date>"),
                   "InvalidArgument");
    expect_refused(expiration("<CreatedBeforeDate>2026-01-01T08:00:00.000Z</CreatedBeforeDate>"),
                   "InvalidArgument");
    expect_refused(
        expiration("<Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>"),
        "InvalidArgument");
    expect_refused(rule("<Expiration><Days>30</Days></Expiration>"
                        "<Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition>"),
                   "InvalidArgument");
    expect_refused(
        rule("<Transition><Days>30</Days><StorageClass>Standard</StorageClass></Transition>"),
        "InvalidArgument");
    expect_refused(rule("<Tag><Key></Key><Value>v</Value></Tag>"
                        "<Expiration><Days>1</Days></Expiration>"),
                   "InvalidTag");
    expect_refused(expiration("<Days>1</Days>") + expiration("<Days>2</Days>"), "InvalidArgument");
    ASSERT_EQ(configure(expiration("<Days>1</Days>")).status, 200);
}

TEST_F(LifecycleTest, names_what_is_not_built) {
    for (const std::string storage_class : {"Archive", "ColdArchive", "DeepColdArchive"}) {
        const Answer answer = configure(rule("<Transition><Days>30</Days><StorageClass>" +
                                             storage_class + "</StorageClass></Transition>"));
        EXPECT_EQ(answer.status, 501);
        EXPECT_TRUE(answer.body.contains(storage_class)) << answer.body;
    }
    const Answer by_access =
        configure(rule("<Transition><Days>30</Days><StorageClass>IA</StorageClass>"
                       "<IsAccessTime>true</IsAccessTime></Transition>"));
    EXPECT_EQ(by_access.status, 501);
    EXPECT_TRUE(by_access.body.contains("IsAccessTime"));
    EXPECT_EQ(configure(rule("<Transition><Days>30</Days><StorageClass>IA</StorageClass>"
                             "<IsAccessTime>false</IsAccessTime></Transition>"))
                  .status,
              200);
}

TEST_F(LifecycleTest, takes_overlapping_prefixes_of_one_action_only_when_told_to) {
    const std::string rules = expiration("<Days>9</Days>") +
                              "<Rule><ID>s</ID><Prefix>p/q/</Prefix><Status>Enabled</Status>"
                              "<Expiration><Days>1</Days></Expiration></Rule>";
    constexpr const char* kHeader = "x-oss-allow-same-action-overlap";
    expect_refused(rules, "InvalidArgument");
    EXPECT_EQ(configure(rules, {{kHeader, "maybe"}}).code(), "InvalidArgument");
    EXPECT_EQ(configure(rules, {{kHeader, "false"}}).code(), "InvalidArgument");
    EXPECT_EQ(configure(rules, {{kHeader, "true"}}).status, 200);
}

TEST_F(LifecycleTest, is_told_with_the_objects_it_will_remove) {
    const auto midnight = std::chrono::ceil<std::chrono::days>(now()) + std::chrono::days(2);
    const std::string when =
        codec::format_http_date(std::chrono::time_point_cast<std::chrono::milliseconds>(midnight));
    ASSERT_EQ(configure("<Rule><ID>a \"b\"</ID><Prefix>p/</Prefix><Status>Enabled</Status>"
                        "<Expiration><Days>2</Days></Expiration></Rule>")
                  .status,
              200);
    const std::string expected = "expiry-date=\"" + when + "\", rule-id=\"a%20%22b%22\"";

    EXPECT_EQ(put("p/k", "v").header("x-oss-expiration"), expected);
    EXPECT_EQ(get("p/k").header("x-oss-expiration"), expected);
    EXPECT_EQ(ask({.method = "HEAD", .bucket = "bucket", .key = "p/k"}).header("x-oss-expiration"),
              expected);
    EXPECT_EQ(get("p/k", "versionId=null").header("x-oss-expiration"), "");
    EXPECT_EQ(put("other", "v").header("x-oss-expiration"), "");
    EXPECT_EQ(get("other").header("x-oss-expiration"), "");
}

TEST_F(LifecycleTest, that_was_made_with_S3_is_shown_as_far_as_OSS_can_say_it) {
    LifecycleRule rule;
    rule.id = "s3";
    rule.dialect = RuleDialect::S3;
    rule.noncurrent_expiration = {.days = 3, .kept = 0};
    EXPECT_EQ(said_only_in_s3(rule), "");
    rule.noncurrent_expiration->kept = 1;
    EXPECT_EQ(said_only_in_s3(rule), "NewerNoncurrentVersions");
    LifecycleRule dated;
    dated.expiration = LifecycleTime{.days = {}, .date_ms = kDayMs};
    EXPECT_EQ(said_only_in_s3(dated), "") << "in OSS's meaning";
    dated.dialect = RuleDialect::S3Legacy;
    EXPECT_EQ(said_only_in_s3(dated), "Date");

    const object::Caller owner{
        .principal = {.account = AccountId("1000"), .access_key = "AK", .is_root = false},
        .request_id = {}};
    ASSERT_TRUE(run(buckets->put_bucket_lifecycle(owner, BucketName("bucket"), {rule}, false)));
    EXPECT_EQ(shown().status, 400);
    EXPECT_TRUE(shown().body.contains("NewerNoncurrentVersions"));
    rule.noncurrent_expiration->kept = 0;
    ASSERT_TRUE(run(buckets->put_bucket_lifecycle(owner, BucketName("bucket"), {rule}, false)));
    EXPECT_TRUE(shown().body.contains("<NoncurrentDays>3</NoncurrentDays>"));
}

TEST_F(LifecycleTest, is_the_owners) {
    EXPECT_EQ(ask_as_other(
                  {.method = "PUT",
                   .bucket = "bucket",
                   .query = "lifecycle",
                   .body = "<LifecycleConfiguration>" + kEverything + "</LifecycleConfiguration>"})
                  .code(),
              "AccessDenied");
    EXPECT_EQ(ask_as_other({.method = "DELETE", .bucket = "bucket", .query = "lifecycle"}).code(),
              "AccessDenied");
}

}  // namespace
}  // namespace antipode::oss
