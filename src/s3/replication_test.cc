#include "s3/detail/replication_xml.h"
#include "s3/gateway_harness.h"

namespace antipode::s3 {
namespace {

constexpr std::string_view kDestination =
    "<Destination><Bucket>arn:aws:s3:::there</Bucket></Destination>";
constexpr std::string_view kFilter =
    "<Filter></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>";

std::string document(std::string_view rules) {
    return "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
           "<Role>arn:aws:iam::1000:role/r</Role>" +
           std::string(rules) + "</ReplicationConfiguration>";
}

std::string rule(std::string_view inside, std::string_view destination = kDestination) {
    return "<Rule><Status>Enabled</Status>" + std::string(inside) + std::string(destination) +
           "</Rule>";
}

ReplicationRule accepted(const std::string& rules) {
    const auto parsed = parse_replication(document(rules), "1000");
    EXPECT_TRUE(parsed) << rules << (parsed ? "" : parsed.error().message);
    return parsed && !parsed->empty() ? parsed->front() : ReplicationRule{};
}

std::string_view refusal(const std::string& rules) {
    const auto parsed = parse_replication(document(rules), "1000");
    return parsed ? "" : parsed.error().word->code;
}

TEST(S3ReplicationDocument, is_read_in_its_first_form) {
    const ReplicationRule read =
        accepted("<Rule><ID>r</ID><Prefix>img/</Prefix><Status>Enabled</Status>" +
                 std::string(kDestination) + "</Rule>");

    EXPECT_EQ(read.id, "r");
    EXPECT_EQ(read.dialect, RuleDialect::S3Legacy);
    EXPECT_EQ(read.prefixes, std::vector<std::string>{"img/"});
    EXPECT_EQ(read.actions, kReplicatePut) << "S3 never carries version deletes over";
    EXPECT_TRUE(read.delete_markers);
    EXPECT_FALSE(read.history);
    EXPECT_EQ(read.target_bucket.str(), "there");
    EXPECT_EQ(read.target_region, "") << "the ARN names none";
    EXPECT_EQ(read.sync_role, "arn:aws:iam::1000:role/r");
}

TEST(S3ReplicationDocument, is_read_in_its_second_form_with_everything_in_it) {
    const ReplicationRule read = accepted(
        "<Rule><ID>r</ID><Priority>7</Priority><Filter><And><Prefix>img/</Prefix>"
        "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag></And>"
        "</Filter><Status>Disabled</Status>"
        "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>"
        "</SseKmsEncryptedObjects><ReplicaModifications><Status>Enabled</Status>"
        "</ReplicaModifications></SourceSelectionCriteria>"
        "<ExistingObjectReplication><Status>Enabled</Status></ExistingObjectReplication>"
        "<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>"
        "<Destination><Bucket>arn:aws:s3:cn-beijing::there</Bucket><Account>1000</Account>"
        "<StorageClass>STANDARD_IA</StorageClass>"
        "<EncryptionConfiguration><ReplicaKmsKeyID>key</ReplicaKmsKeyID></EncryptionConfiguration>"
        "<ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes></Time>"
        "</ReplicationTime><Metrics><Status>Enabled</Status><EventThreshold><Minutes>15</Minutes>"
        "</EventThreshold></Metrics></Destination></Rule>");

    EXPECT_EQ(read.dialect, RuleDialect::S3);
    EXPECT_EQ(read.priority, 7);
    EXPECT_FALSE(read.is_enabled);
    EXPECT_EQ(read.tags, (NamedValues{{"a", "1"}, {"b", "2"}}));
    EXPECT_FALSE(read.delete_markers);
    EXPECT_TRUE(read.history);
    EXPECT_TRUE(read.replica_modifications);
    EXPECT_EQ(read.kms_objects, true);
    EXPECT_EQ(read.replica_kms_key, "key");
    EXPECT_EQ(read.replica_class, StorageClass::InfrequentAccess);
    EXPECT_TRUE(read.rtc);
    EXPECT_EQ(read.target_region, "cn-beijing");
}

TEST(S3ReplicationDocument, is_refused_where_it_is_wrong) {
    const std::string good = rule(kFilter);
    ASSERT_EQ(refusal(good), "");

    EXPECT_EQ(refusal(""), "MalformedXML");
    EXPECT_EQ(refusal(rule("")), "MalformedXML") << "neither Prefix nor Filter";
    EXPECT_EQ(refusal(rule("<Prefix/>" + std::string(kFilter))), "MalformedXML");
    EXPECT_EQ(refusal(rule(std::string(kFilter) + "<Colour>red</Colour>")), "MalformedXML");
    EXPECT_EQ(refusal(rule("<Filter></Filter>")), "InvalidRequest") << "no word about markers";
    EXPECT_EQ(refusal(rule("<Prefix/><DeleteMarkerReplication><Status>Enabled</Status>"
                           "</DeleteMarkerReplication>")),
              "InvalidRequest");
    EXPECT_EQ(refusal(rule("<Filter><Tag><Key>a</Key><Value>1</Value></Tag></Filter>"
                           "<DeleteMarkerReplication><Status>Enabled</Status>"
                           "</DeleteMarkerReplication>")),
              "InvalidRequest");
    EXPECT_EQ(refusal(rule("<Priority>-1</Priority>" + std::string(kFilter))), "MalformedXML");
    EXPECT_EQ(refusal(good + good), "InvalidRequest") << "the same priority twice";
    EXPECT_EQ(refusal(rule(kFilter, "")), "MalformedXML");
    EXPECT_EQ(refusal("<Rule>" + std::string(kFilter) + std::string(kDestination) + "</Rule>"),
              "MalformedXML")
        << "no Status";
}

TEST(S3ReplicationDocument, is_refused_where_its_destination_is_wrong) {
    const auto to = [](std::string_view inside) {
        return refusal(rule(kFilter, "<Destination>" + std::string(inside) + "</Destination>"));
    };
    constexpr std::string_view kBucket = "<Bucket>arn:aws:s3:::there</Bucket>";

    EXPECT_EQ(to("<Bucket>there</Bucket>"), "InvalidArgument");
    EXPECT_EQ(to("<Bucket>arn:aws:s3:::T</Bucket>"), "InvalidArgument");
    EXPECT_EQ(to(std::string(kBucket) + "<StorageClass>FAST</StorageClass>"), "MalformedXML");
    EXPECT_EQ(to(std::string(kBucket) + "<Account>2000</Account>"), "NotImplemented");
    EXPECT_EQ(to(std::string(kBucket) + "<AccessControlTranslation><Owner>Destination</Owner>"
                                        "</AccessControlTranslation>"),
              "NotImplemented");
    EXPECT_EQ(
        to(std::string(kBucket) + "<ReplicationTime><Status>Enabled</Status></ReplicationTime>"),
        "InvalidRequest")
        << "without metrics";
    EXPECT_EQ(
        to(std::string(kBucket) + "<EncryptionConfiguration><ReplicaKmsKeyID>k</ReplicaKmsKeyID>"
                                  "</EncryptionConfiguration>"),
        "InvalidRequest")
        << "a key without SseKmsEncryptedObjects";
}

TEST(S3ReplicationDocument, comes_back_as_it_was_said) {
    for (const std::string& said :
         {rule(kFilter),
          rule("<Prefix>a/</Prefix>"),
          rule("<Filter><Prefix>a/</Prefix></Filter><DeleteMarkerReplication>"
               "<Status>Enabled</Status></DeleteMarkerReplication>"),
          rule("<Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And>"
               "</Filter><DeleteMarkerReplication><Status>Disabled</Status>"
               "</DeleteMarkerReplication>")}) {
        const ReplicationRule first = accepted(said);
        codec::XmlWriter xml;
        write_replication(xml, {first});
        const auto again = parse_replication(xml.take(), "1000");

        ASSERT_TRUE(again) << said;
        EXPECT_EQ(again->front().dialect, first.dialect) << said;
        EXPECT_EQ(again->front().prefixes, first.prefixes) << said;
        EXPECT_EQ(again->front().tags, first.tags) << said;
        EXPECT_EQ(again->front().delete_markers, first.delete_markers) << said;
    }
}

class FakeRules final : public replication::RuleService {
  public:
    using Removal = replication::RuleService::Removal;

    Task<Result<ReplicationRule>> add_rule(const object::Caller&,
                                           replication::AddRuleRequest) override {
        co_return fail(ErrorCode::Internal);
    }

    Task<Result<std::vector<ReplicationRule>>> list_rules(const object::Caller&,
                                                          BucketName) override {
        co_return fail(ErrorCode::Internal);
    }

    Task<Result<Removal>> remove_rule(const object::Caller&, BucketName, std::string) override {
        co_return fail(ErrorCode::Internal);
    }

    Task<Result<std::vector<replication::RuleProgress>>> progress(const object::Caller&,
                                                                  BucketName,
                                                                  std::string) override {
        co_return fail(ErrorCode::Internal);
    }

    Task<Result<void>> replace_rules(const object::Caller&,
                                     BucketName,
                                     std::vector<ReplicationRule> given) override {
        if (error) {
            co_return fail(*error);
        }
        rules = std::move(given);
        co_return Result<void>{};
    }

    Task<Result<std::optional<replication::Delivery>>> delivery(BucketName,
                                                                ObjectVersion) override {
        co_return shown;
    }

    Task<Result<void>> set_rtc(const object::Caller&, BucketName, std::string, bool) override {
        co_return fail(ErrorCode::Internal);
    }

    Task<Result<std::vector<replication::TargetRegion>>> target_regions(const object::Caller&,
                                                                        BucketName) override {
        co_return fail(ErrorCode::Internal);
    }

    std::vector<ReplicationRule> rules;
    std::optional<Error> error;
    std::optional<replication::Delivery> shown;
};

class S3Replication : public GatewayTest {
  protected:
    S3Replication() {
        GatewayOptions options;
        options.rules = &rules;
        gateway.emplace(std::move(options), *objects, *buckets, keyring);
    }

    void SetUp() override { EXPECT_EQ(ask({.method = "PUT", .bucket = "bucket"}).status, 200); }

    Got ask_rules(std::string method, std::string body = {}, const std::string& key = "AK") {
        return ask({.method = std::move(method),
                    .bucket = "bucket",
                    .query = "replication=",
                    .body = std::move(body)},
                   key);
    }

    void keep(ReplicationRule kept) {
        ASSERT_TRUE(run(catalog.change_bucket(*catalog.find_bucket(BucketName("bucket")),
                                              [&kept](Bucket& bucket) -> Result<void> {
                                                  bucket.rules = {kept};
                                                  return {};
                                              })));
    }

    FakeRules rules;
};

TEST_F(S3Replication, is_set_and_removed_as_a_whole) {
    EXPECT_EQ(ask_rules("PUT", document(rule(kFilter))).status, 200);
    ASSERT_EQ(rules.rules.size(), 1U);
    EXPECT_EQ(ask_rules("DELETE").status, 204);
    EXPECT_TRUE(rules.rules.empty());
}

TEST_F(S3Replication, is_refused_to_others_and_with_the_words_of_s3) {
    EXPECT_EQ(ask_rules("PUT", document(rule(kFilter)), "OTHER").code(), "AccessDenied");
    EXPECT_EQ(ask_rules("PUT", "<x/>").code(), "MalformedXML");
    rules.error = Error{ErrorCode::InvalidRequest, "Destination bucket must exist."};
    EXPECT_EQ(ask_rules("PUT", document(rule(kFilter))).code(), "InvalidRequest");
}

TEST_F(S3Replication, is_shown_unless_only_oss_can_say_it) {
    EXPECT_EQ(ask_rules("GET").code(), "ReplicationConfigurationNotFoundError");
    ReplicationRule kept;
    kept.id = "r";
    kept.actions = kReplicatePut;
    kept.target_bucket = BucketName("there");
    kept.target_region = "cn-beijing";
    keep(kept);

    const codec::XmlElement shown = ask_rules("GET").xml();
    EXPECT_EQ(shown.name, "ReplicationConfiguration");
    EXPECT_EQ(shown.child("Rule")->child_text("ID"), "r");
    EXPECT_EQ(shown.child("Rule")->child("Destination")->child_text("Bucket"),
              "arn:aws:s3:cn-beijing::there");

    kept.actions = kReplicateAll;
    keep(kept);
    const Got refused = ask_rules("GET");
    EXPECT_EQ(refused.code(), "InvalidRequest");
    EXPECT_NE(refused.body.find("Action"), std::string::npos);

    kept.status = ReplicationStatus::Closing;
    keep(kept);
    EXPECT_EQ(ask_rules("GET").code(), "ReplicationConfigurationNotFoundError");
}

TEST_F(S3Replication, is_told_of_each_object) {
    ASSERT_EQ(put("k", "v").status, 200);

    EXPECT_FALSE(get("k").headers.contains("x-amz-replication-status"));
    const auto shown = [this](replication::Delivery delivery) {
        rules.shown = delivery;
        return get("k").header("x-amz-replication-status");
    };
    EXPECT_EQ(shown(replication::Delivery::Pending), "PENDING");
    EXPECT_EQ(shown(replication::Delivery::Completed), "COMPLETED");
    EXPECT_EQ(shown(replication::Delivery::Failed), "FAILED");
    EXPECT_EQ(shown(replication::Delivery::Replica), "REPLICA");
    EXPECT_EQ(
        ask({.method = "HEAD", .bucket = "bucket", .key = "k"}).header("x-amz-replication-status"),
        "REPLICA");
}

}  // namespace
}  // namespace antipode::s3
