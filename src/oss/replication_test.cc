#include "oss/gateway_harness.h"
#include "oss/replication_xml.h"

namespace antipode::oss {
namespace {

constexpr std::string_view kDestination =
    "<Destination><Bucket>dst-bucket</Bucket><Location>oss-cn-beijing</Location></Destination>";

std::string add_document(std::string_view rule) {
    return "<ReplicationConfiguration><Rule>" + std::string(rule) +
           "</Rule></ReplicationConfiguration>";
}

struct Refusal {
    std::string code;
    std::string ec;

    bool operator==(const Refusal&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << refusal.code << " " << refusal.ec;
}

Refusal refusal_of(const std::string& document) {
    ErrorDetail detail;
    const auto rule = parse_add_replication(document, detail);
    EXPECT_FALSE(rule) << document;
    return {rule ? "" : std::string(name_of(rule.error().code)), detail.ec};
}

TEST(ReplicationDocument, is_read_with_everything_in_it) {
    ErrorDetail detail;
    const auto rule = parse_add_replication(
        add_document("<ID>rule-1</ID><RTC><Status>enabled</Status></RTC>"
                     "<PrefixSet><Prefix>img/</Prefix><Prefix>video/</Prefix></"
                     "PrefixSet><Action>PUT</Action>"
                     "<Destination><Bucket>dst-bucket</Bucket><Location>oss-us-west-1</Location>"
                     "<TransferType>oss_acc</TransferType></Destination>"
                     "<HistoricalObjectReplication>disabled</"
                     "HistoricalObjectReplication><SyncRole>role</SyncRole>"),
        detail);

    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->id, "rule-1");
    EXPECT_TRUE(rule->rtc);
    EXPECT_EQ(rule->prefixes, (std::vector<std::string>{"img/", "video/"}));
    EXPECT_EQ(rule->actions, kReplicatePut);
    EXPECT_EQ(rule->action_text, "PUT");
    EXPECT_EQ(rule->target_bucket.str(), "dst-bucket");
    EXPECT_EQ(rule->target_region, "us-west-1");
    EXPECT_EQ(rule->transfer, TransferType::OssAcc);
    EXPECT_TRUE(rule->transfer_given);
    EXPECT_FALSE(rule->history);
    EXPECT_EQ(rule->sync_role, "role");
}

// What the SDK for Java sends: an empty ID, no TransferType, Action as a list.
TEST(ReplicationDocument, has_defaults_for_what_sdks_leave_out) {
    ErrorDetail detail;
    const auto rule = parse_add_replication(
        add_document("<ID></ID>" + std::string(kDestination) +
                     "<Action>PUT,DELETE</Action>"
                     "<HistoricalObjectReplication>enabled</HistoricalObjectReplication>"),
        detail);
    const auto least = parse_add_replication(add_document(kDestination), detail);

    ASSERT_TRUE(rule && least);
    EXPECT_EQ(rule->id, "");
    EXPECT_EQ(rule->actions, kReplicatePut | kReplicateDelete);
    EXPECT_EQ(rule->action_text, "PUT,DELETE");
    EXPECT_FALSE(rule->transfer_given);
    EXPECT_EQ(least->action_text, "ALL");
    EXPECT_EQ(least->actions, kReplicateAll);
    EXPECT_TRUE(least->history);
    EXPECT_TRUE(least->prefixes.empty());
}

TEST(ReplicationDocument, must_have_one_rule_under_the_right_root) {
    const std::string rule = "<Rule>" + std::string(kDestination) + "</Rule>";

    EXPECT_EQ(refusal_of("not xml"), (Refusal{"MalformedXml", "0031-00000001"}));
    EXPECT_EQ(refusal_of("<Replication>" + rule + "</Replication>"),
              (Refusal{"MalformedXml", "0031-00000001"}));
    EXPECT_EQ(refusal_of("<ReplicationConfiguration/>"), (Refusal{"NoReplicationRule", ""}));
    EXPECT_EQ(
        refusal_of("<ReplicationConfiguration>" + rule + rule + "</ReplicationConfiguration>"),
        (Refusal{"TooManyReplicationRules", ""}));
}

TEST(ReplicationDocument, is_refused_with_the_code_of_each_wrong_field) {
    const auto with = [](std::string_view field) {
        return refusal_of(add_document(std::string(field) + std::string(kDestination)));
    };
    const auto to = [](std::string_view inside) {
        return refusal_of(add_document("<Destination>" + std::string(inside) + "</Destination>"));
    };

    EXPECT_EQ(with("<ID>" + std::string(256, 'i') + "</ID>").code, "InvalidArgument");
    EXPECT_EQ(with("<Action>GET</Action>"), (Refusal{"InvalidArgument", "0031-00000023"}));
    EXPECT_EQ(with("<Action>PUT,</Action>"), (Refusal{"InvalidArgument", "0031-00000023"}));
    EXPECT_EQ(with("<HistoricalObjectReplication>Enabled</HistoricalObjectReplication>"),
              (Refusal{"InvalidArgument", "0031-00000011"}));
    EXPECT_EQ(with("<PrefixSet><Prefix>a</Prefix><Prefix>ab</Prefix></PrefixSet>"),
              (Refusal{"InvalidArgument", "0031-00000019"}));
    EXPECT_EQ(with("<PrefixSet><Prefix>" + std::string(1024, 'p') + "</Prefix></PrefixSet>").code,
              "InvalidArgument");
    EXPECT_EQ(with("<RTC><Status>on</Status></RTC>").code, "InvalidArgument");
    EXPECT_EQ(with("<Filter>x</Filter>"), (Refusal{"MalformedXml", "0031-00000001"}));
    EXPECT_EQ(to("<Bucket>A</Bucket><Location>oss-cn-beijing</Location>"),
              (Refusal{"InvalidTargetBucket", "0031-00000101"}));
    EXPECT_EQ(to("<Location>oss-cn-beijing</Location>"),
              (Refusal{"InvalidTargetBucket", "0031-00000101"}));
    EXPECT_EQ(to("<Bucket>dst-bucket</Bucket>").code, "BadReplicationLocation");
    EXPECT_EQ(to("<Bucket>dst-bucket</Bucket><Location>cn-beijing</Location>").code,
              "BadReplicationLocation");
    EXPECT_EQ(to("<Bucket>dst-bucket</Bucket><Location>oss-cn-beijing</"
                 "Location><TransferType>fast</TransferType>"),
              (Refusal{"InvalidArgument", "0031-00000010"}));
}

TEST(ReplicationDocument, may_have_ten_prefixes_and_no_more) {
    std::string ten;
    for (int i = 0; i < 10; ++i) {
        ten += "<Prefix>" + std::to_string(i) + "/</Prefix>";
    }
    ErrorDetail detail;

    EXPECT_TRUE(parse_add_replication(
        add_document("<PrefixSet>" + ten + "</PrefixSet>" + std::string(kDestination)), detail));
    EXPECT_EQ(refusal_of(add_document("<PrefixSet>" + ten + "<Prefix>x/</Prefix></PrefixSet>" +
                                      std::string(kDestination)))
                  .code,
              "TooManyPrefixes");
}

TEST(ReplicationDocument, takes_prefixes_and_ids_up_to_their_length) {
    const auto with = [](std::string_view field) {
        return add_document(std::string(field) + std::string(kDestination));
    };
    ErrorDetail detail;
    const auto longest =
        parse_add_replication(with("<ID>" + std::string(255, 'i') + "</ID><PrefixSet><Prefix>" +
                                   std::string(1023, 'p') + "</Prefix></PrefixSet>"),
                              detail);

    ASSERT_TRUE(longest);
    EXPECT_EQ(longest->id.size(), 255U);
    EXPECT_EQ(longest->prefixes[0].size(), 1023U);
    EXPECT_EQ(refusal_of(with("<PrefixSet><Prefix>\xFF\xFE</Prefix></PrefixSet>")),
              (Refusal{"InvalidArgument", "0031-00000018"}));
}

TEST(ReplicationDocument, keeps_a_role_of_either_form_and_ignores_where_the_source_is) {
    for (const std::string role : {"role", "acs:ram::1000:role/role"}) {
        ErrorDetail detail;
        const auto rule = parse_add_replication(
            add_document("<Source><Location>oss-cn-hangzhou</Location></Source><SyncRole>" + role +
                         "</SyncRole>" + std::string(kDestination)),
            detail);

        ASSERT_TRUE(rule);
        EXPECT_EQ(rule->sync_role, role) << "as it was said";
    }
}

TEST(ReplicationDocument, is_refused_by_name_when_it_leads_to_another_cloud) {
    ErrorDetail detail;
    const auto rule = parse_add_replication(
        add_document("<Destination><Bucket>dst-bucket</Bucket><Cloud>other</Cloud>"
                     "<CloudLocation>somewhere</CloudLocation></Destination>"),
        detail);

    ASSERT_FALSE(rule);
    EXPECT_EQ(rule.error().code, ErrorCode::NotImplemented);
    EXPECT_NE(rule.error().message.find("another cloud"), std::string::npos);
}

TEST(ReplicationDocument, may_have_its_elements_in_any_order) {
    ErrorDetail detail;
    const auto rule = parse_add_replication(
        add_document("<HistoricalObjectReplication>disabled</HistoricalObjectReplication>" +
                     std::string(kDestination) +
                     "<Action>ALL</Action><RTC><Status>disabled</Status></RTC><ID>last</ID>"),
        detail);

    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->id, "last");
    EXPECT_EQ(rule->actions, kReplicateAll);
    EXPECT_FALSE(rule->history);
    EXPECT_FALSE(rule->rtc);
}

TEST(ReplicationDocument, may_select_kms_objects_with_a_key_and_a_role) {
    constexpr std::string_view kSelected =
        "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>"
        "</SseKmsEncryptedObjects></SourceSelectionCriteria>";
    constexpr std::string_view kKey =
        "<EncryptionConfiguration><ReplicaKmsKeyID>key</ReplicaKmsKeyID></EncryptionConfiguration>";
    constexpr std::string_view kRole = "<SyncRole>role</SyncRole>";
    const auto with = [](std::string fields) {
        return add_document(fields + std::string(kDestination));
    };
    ErrorDetail detail;
    const auto rule = parse_add_replication(
        with(std::string(kSelected) + std::string(kKey) + std::string(kRole)), detail);

    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->kms_objects, true);
    EXPECT_EQ(rule->replica_kms_key, "key");
    EXPECT_EQ(refusal_of(with(std::string(kSelected) + std::string(kRole))).code,
              "InvalidArgument");
    EXPECT_EQ(refusal_of(with(std::string(kSelected) + std::string(kKey))).code, "InvalidArgument");
    EXPECT_EQ(refusal_of(with("<SourceSelectionCriteria/>")).code, "InvalidArgument");
    EXPECT_EQ(refusal_of(with("<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>enabled"
                              "</Status></SseKmsEncryptedObjects></SourceSelectionCriteria>"))
                  .code,
              "InvalidArgument")
        << "this switch is capitalised, unlike the others";
}

TEST(ReplicationDocument, may_have_ten_tags_with_and_or_or) {
    const auto tag = [](const std::string& key, const std::string& value) {
        return "<UserTagging><Key>" + key + "</Key><Value>" + value + "</Value></UserTagging>";
    };
    const auto with = [](const std::string& inside) {
        return add_document("<UserTaggings>" + inside + "</UserTaggings>" +
                            std::string(kDestination));
    };
    std::string ten;
    for (int i = 0; i < 10; ++i) {
        ten += tag("k" + std::to_string(i), "v");
    }
    ErrorDetail detail;

    const auto any = parse_add_replication(with("<FilterType>OR</FilterType>" + ten), detail);
    const auto all = parse_add_replication(with(tag("a", "1") + tag("b", "")), detail);

    ASSERT_TRUE(any && all);
    EXPECT_TRUE(any->any_tag);
    EXPECT_EQ(any->tags.size(), 10U);
    EXPECT_FALSE(all->any_tag) << "AND unless it says OR";
    EXPECT_EQ(all->tags, (NamedValues{{"a", "1"}, {"b", ""}}));
    EXPECT_EQ(refusal_of(with("<FilterType>XOR</FilterType>" + tag("a", "1"))).code,
              "InvalidArgument");
    EXPECT_EQ(refusal_of(with(tag("", "1"))).code, "InvalidArgument");
    EXPECT_EQ(refusal_of(with("<Tag/>")), (Refusal{"MalformedXml", "0031-00000001"}));
    ErrorDetail eleven;
    EXPECT_FALSE(parse_add_replication(with(ten + tag("k10", "v")), eleven));
    EXPECT_EQ(eleven.code, "TooManyFilterObjectTags");
}

TEST(DeleteReplicationDocument, names_exactly_one_rule) {
    EXPECT_EQ(parse_delete_replication("<ReplicationRules><ID>r</ID></ReplicationRules>").value(),
              "r");
    EXPECT_EQ(parse_delete_replication("<ReplicationRules><ID>r</ID><ID>s</ID></ReplicationRules>")
                  .error()
                  .code,
              ErrorCode::TooManyReplicationRules);
    EXPECT_EQ(parse_delete_replication("<ReplicationRules/>").error().code,
              ErrorCode::NoReplicationRule);
    EXPECT_EQ(parse_delete_replication("<Rules><ID>r</ID></Rules>").error().code,
              ErrorCode::MalformedXml);
}

TEST(RtcDocument, is_read_under_both_roots) {
    ErrorDetail detail;
    const auto documented = parse_put_rtc(
        "<ReplicationRule><RTC><Status>enabled</Status></RTC><ID>r</ID></ReplicationRule>", detail);
    const auto ossutil = parse_put_rtc(
        "<RtcConfiguration><ID>r</ID><RTC><Status>disabled</Status></RTC></RtcConfiguration>",
        detail);

    ASSERT_TRUE(documented && ossutil);
    EXPECT_TRUE(documented->enabled);
    EXPECT_FALSE(ossutil->enabled);
    EXPECT_EQ(ossutil->rule_id, "r");
    EXPECT_FALSE(parse_put_rtc(
        "<ReplicationRule><RTC><Status>enabled</Status></RTC></ReplicationRule>", detail));
    EXPECT_EQ(detail.ec, "0031-00000015");
}

class Replication : public GatewayTest {
  protected:
    void SetUp() override { make_bucket(); }

    Answer post(std::string comp, std::string body) {
        return ask({.method = "POST",
                    .bucket = "bucket",
                    .query = "replication&comp=" + std::move(comp),
                    .body = std::move(body)});
    }

    static ReplicationRule rule(ReplicationStatus status) {
        ReplicationRule rule;
        rule.id = "rule-1";
        rule.prefixes = {"img/"};
        rule.action_text = "PUT";
        rule.target_bucket = BucketName("dst-bucket");
        rule.target_region = "us-west-1";
        rule.transfer = TransferType::OssAcc;
        rule.rtc = true;
        rule.status = status;
        return rule;
    }
};

TEST_F(Replication, adds_a_rule_and_tells_its_id) {
    const Answer added = post("add", add_document(kDestination));

    EXPECT_EQ(added.status, 200);
    EXPECT_EQ(added.body, "");
    EXPECT_EQ(added.header("x-oss-replication-rule-id"), "11111111-2222-3333-4444-555555555555");
    ASSERT_EQ(rules.rules.size(), 1U);
    EXPECT_EQ(rules.rules[0].target_region, "cn-beijing");
}

TEST_F(Replication, passes_refusals_on_with_their_code) {
    rules.error = Error{ErrorCode::BucketReplicationAlreadyExist, {}};
    const Answer twice = post("add", add_document(kDestination));
    rules.error = Error{ErrorCode::InvalidBucketStatus, "The versioning states differ."};
    const Answer versioning = post("add", add_document(kDestination));
    rules.error = Error{ErrorCode::InvalidArgument, "The TransferType must be oss_acc."};
    rules.regions = {{.region = "cn-beijing", .needs_oss_acc = true, .rtc = true}};
    const Answer transfer = post("add", add_document(kDestination));
    const Answer document = post("add", "<x/>");

    EXPECT_EQ(twice.status, 400);
    EXPECT_EQ(twice.code(), "BucketReplicationAlreadyExist");
    EXPECT_EQ(twice.ec(), "0031-00000044");
    EXPECT_EQ(versioning.code(), "InvalidBucketStatus");
    EXPECT_EQ(versioning.ec(), "0031-00000053");
    EXPECT_EQ(transfer.ec(), "0031-00000107");
    EXPECT_EQ(document.code(), "MalformedXML");
    EXPECT_EQ(document.ec(), "0031-00000001");
    EXPECT_EQ(post("change", "").code(), "InvalidArgument");
}

TEST_F(Replication, looks_at_the_bucket_before_the_document) {
    const Answer answer = ask(
        {.method = "POST", .bucket = "no-bucket", .query = "replication&comp=add", .body = "<x/>"});
    const Answer other = ask_as_other(
        {.method = "POST", .bucket = "bucket", .query = "replication&comp=add", .body = "<x/>"});

    EXPECT_EQ(answer.code(), "NoSuchBucket");
    EXPECT_EQ(other.code(), "AccessDenied");
}

TEST_F(Replication, removes_a_rule_with_the_status_of_its_state) {
    const std::string body = "<ReplicationRules><ID>rule-1</ID></ReplicationRules>";

    const Answer now = post("delete", body);
    rules.removal = replication::RuleService::Removal::WasClosing;
    const Answer already = post("delete", body);
    rules.removal = replication::RuleService::Removal::NoRules;
    const Answer none = post("delete", body);
    rules.error = Error{ErrorCode::NoSuchReplicationRule, {}};
    const Answer unknown = post("delete", body);

    EXPECT_EQ(now.status, 200);
    EXPECT_EQ(rules.removed, "rule-1");
    EXPECT_EQ(already.status, 204);
    EXPECT_EQ(none.status, 200);
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.code(), "NoSuchReplicationRule");
}

TEST_F(Replication, shows_its_rules) {
    const Answer none = ask({.bucket = "bucket", .query = "replication"});
    rules.rules = {rule(ReplicationStatus::Starting)};

    const codec::XmlElement shown =
        *ask({.bucket = "bucket", .query = "replication"}).xml().child("Rule");

    EXPECT_EQ(none.status, 404);
    EXPECT_EQ(none.code(), "NoSuchReplicationConfiguration");
    EXPECT_EQ(shown.child_text("ID"), "rule-1");
    EXPECT_EQ(shown.child("PrefixSet")->child_text("Prefix"), "img/");
    EXPECT_EQ(shown.child_text("Action"), "PUT");
    EXPECT_EQ(shown.child("Destination")->child_text("Bucket"), "dst-bucket");
    EXPECT_EQ(shown.child("Destination")->child_text("Location"), "oss-us-west-1");
    EXPECT_EQ(shown.child("Destination")->child_text("TransferType"), "oss_acc");
    EXPECT_EQ(shown.child_text("Status"), "starting");
    EXPECT_EQ(shown.child_text("HistoricalObjectReplication"), "enabled");
    EXPECT_EQ(shown.child("RTC")->child_text("Status"), "enabling");
}

TEST_F(Replication, shows_all_rules_also_closing_ones_and_nothing_that_was_not_set) {
    ReplicationRule plain = rule(ReplicationStatus::Closing);
    plain.id = "closing";
    plain.target_bucket = BucketName("other-bucket");
    plain.prefixes.clear();
    plain.transfer = TransferType::Internal;
    plain.transfer_given = true;
    plain.rtc = false;
    rules.rules = {rule(ReplicationStatus::Doing), plain};

    const codec::XmlElement shown = ask({.bucket = "bucket", .query = "replication"}).xml();

    ASSERT_EQ(shown.children.size(), 2U);
    const codec::XmlElement& closing = shown.children[1];
    EXPECT_EQ(shown.children[0].child_text("Status"), "doing");
    EXPECT_EQ(closing.child_text("Status"), "closing");
    EXPECT_EQ(closing.child("Destination")->child("TransferType"), nullptr)
        << "only oss_acc is said";
    for (const char* name : {"PrefixSet",
                             "SyncRole",
                             "SourceSelectionCriteria",
                             "EncryptionConfiguration",
                             "RTC",
                             "UserTaggings"}) {
        EXPECT_EQ(closing.child(name), nullptr) << name;
    }
}

TEST_F(Replication, is_asked_and_removed_by_the_owner_of_a_bucket_that_exists) {
    const std::string body = "<ReplicationRules><ID>rule-1</ID></ReplicationRules>";
    const Ask nowhere{
        .method = "POST", .bucket = "no-bucket", .query = "replication&comp=delete", .body = body};
    const Ask others{
        .method = "POST", .bucket = "bucket", .query = "replication&comp=delete", .body = body};

    EXPECT_EQ(ask(nowhere).code(), "NoSuchBucket");
    EXPECT_EQ(ask_as_other(others).code(), "AccessDenied");
    EXPECT_EQ(post("delete", "<ReplicationRules/>").code(), "NoReplicationRule");
    EXPECT_EQ(post("delete", "<ReplicationRules><ID>r</ID><ID>s</ID></ReplicationRules>").code(),
              "TooManyReplicationRules");
    EXPECT_EQ(rules.removed, "");
}

TEST_F(Replication, shows_tags_keys_and_when_rtc_is_in_force) {
    ReplicationRule full = rule(ReplicationStatus::Doing);
    full.tags = {{"k", "v"}};
    full.any_tag = true;
    full.kms_objects = true;
    full.replica_kms_key = "key";
    full.sync_role = "role";
    rules.rules = {full};
    rules.progress_shown = {{.rule = full, .history = 0.5}};
    const codec::XmlElement copying =
        *ask({.bucket = "bucket", .query = "replication"}).xml().child("Rule");
    rules.progress_shown[0].history = 1.0;
    const codec::XmlElement done =
        *ask({.bucket = "bucket", .query = "replication"}).xml().child("Rule");

    EXPECT_EQ(copying.child("RTC")->child_text("Status"), "enabling");
    EXPECT_EQ(done.child("RTC")->child_text("Status"), "enabled");
    EXPECT_EQ(done.child("UserTaggings")->child_text("FilterType"), "OR");
    EXPECT_EQ(done.child("UserTaggings")->child("UserTagging")->child_text("Value"), "v");
    EXPECT_EQ(done.child("SourceSelectionCriteria")
                  ->child("SseKmsEncryptedObjects")
                  ->child_text("Status"),
              "Enabled");
    EXPECT_EQ(done.child("EncryptionConfiguration")->child_text("ReplicaKmsKeyID"), "key");
    EXPECT_EQ(done.child_text("SyncRole"), "role");
}

TEST_F(Replication, refuses_by_name_to_show_what_only_s3_can_say) {
    ReplicationRule made_with_s3 = rule(ReplicationStatus::Doing);
    made_with_s3.rtc = false;
    made_with_s3.dialect = RuleDialect::S3;
    rules.rules = {made_with_s3};
    EXPECT_EQ(ask({.bucket = "bucket", .query = "replication"}).status, 200);

    rules.rules[0].delete_markers = false;
    const Answer refused = ask({.bucket = "bucket", .query = "replication"});

    EXPECT_EQ(refused.code(), "OperationNotSupported");
    EXPECT_NE(refused.body.find("DeleteMarkerReplication"), std::string::npos);
}

TEST_F(Replication, says_when_there_is_nowhere_to_replicate_to) {
    rules.error = Error{ErrorCode::BadReplicationLocation, {}};
    const Answer nowhere = post("add", add_document(kDestination));
    rules.regions = {{.region = "cn-shanghai"}};
    const Answer elsewhere = post("add", add_document(kDestination));

    EXPECT_EQ(nowhere.code(), "NoReplicationLocation");
    EXPECT_EQ(elsewhere.code(), "BadReplicationLocation");
}

TEST_F(Replication, shows_progress_only_of_a_rule_in_force) {
    replication::RuleProgress progress{.rule = rule(ReplicationStatus::Doing),
                                       .history = 0.99999,
                                       .recovery_point_ms = 1443108494123};
    rules.progress_shown = {progress};
    const codec::XmlElement doing =
        ask({.bucket = "bucket", .query = "replicationProgress&rule-id=rule-1"}).xml();
    rules.progress_shown[0].rule.status = ReplicationStatus::Starting;
    const codec::XmlElement starting =
        ask({.bucket = "bucket", .query = "replicationProgress"}).xml();
    rules.progress_shown[0] = progress;
    rules.progress_shown[0].rule.history = false;
    const codec::XmlElement no_history =
        ask({.bucket = "bucket", .query = "replicationProgress"}).xml();

    const codec::XmlElement* shown = doing.child("Rule")->child("Progress");
    ASSERT_NE(shown, nullptr);
    EXPECT_EQ(doing.child("Rule")->child("Destination")->child_text("TransferType"), "oss_acc");
    EXPECT_EQ(shown->child_text("HistoricalObject"), "0.9999");
    EXPECT_EQ(shown->child_text("NewObject"), "2015-09-24T15:28:14.123Z");
    EXPECT_EQ(starting.child("Rule")->child("Progress"), nullptr);
    EXPECT_EQ(no_history.child("Rule")->child("Progress")->child("HistoricalObject"), nullptr);
    rules.error = Error{ErrorCode::NoSuchReplicationRule, {}};
    EXPECT_EQ(ask({.bucket = "bucket", .query = "replicationProgress&rule-id=x"}).code(),
              "NoSuchReplicationRule");
}

TEST_F(Replication, shows_where_a_destination_may_be) {
    const codec::XmlElement none = ask({.bucket = "bucket", .query = "replicationLocation"}).xml();
    rules.regions = {{.region = "cn-beijing", .needs_oss_acc = false, .rtc = true},
                     {.region = "us-west-1", .needs_oss_acc = true, .rtc = false}};

    const codec::XmlElement shown = ask({.bucket = "bucket", .query = "replicationLocation"}).xml();

    EXPECT_TRUE(none.children.empty());
    ASSERT_GE(shown.children.size(), 2U);
    EXPECT_EQ(shown.children[0].text, "oss-cn-beijing");
    EXPECT_EQ(shown.children[1].text, "oss-us-west-1");
    const codec::XmlElement* constraint = shown.child("LocationTransferTypeConstraint");
    ASSERT_NE(constraint, nullptr);
    ASSERT_EQ(constraint->children.size(), 1U);
    EXPECT_EQ(constraint->children[0].child_text("Location"), "oss-us-west-1");
    EXPECT_EQ(constraint->children[0].child("TransferTypes")->child_text("Type"), "oss_acc");
    EXPECT_EQ(shown.child("LocationRTCConstraint")->child_text("Location"), "oss-cn-beijing");
}

TEST_F(Replication, switches_rtc) {
    const std::string body =
        "<ReplicationRule><RTC><Status>enabled</Status></RTC><ID>r</ID></ReplicationRule>";

    EXPECT_EQ(ask({.method = "PUT", .bucket = "bucket", .query = "rtc", .body = body}).status, 200);
    rules.error = Error{ErrorCode::NoSuchReplicationRule, {}};
    const Answer unknown = ask({.method = "PUT", .bucket = "bucket", .query = "rtc", .body = body});

    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.ec(), "0031-00000110");
    const Answer nameless =
        ask({.method = "PUT",
             .bucket = "bucket",
             .query = "rtc",
             .body = "<ReplicationRule><RTC><Status>enabled</Status></RTC></ReplicationRule>"});
    EXPECT_EQ(nameless.ec(), "0031-00000015");
}

TEST_F(Replication, keeps_versioning_as_it_is_and_acceleration_on) {
    const auto keep = [this](auto change) {
        ASSERT_TRUE(run(catalog.change_bucket(*catalog.find_bucket(BucketName("bucket")),
                                              [&change](Bucket& bucket) -> Result<void> {
                                                  change(bucket);
                                                  return {};
                                              })));
    };
    const auto is_replicated = [this] {
        return std::string(ask({.bucket = "bucket", .query = "bucketInfo"})
                               .xml()
                               .child("Bucket")
                               ->child_text("CrossRegionReplication"));
    };
    const auto ask_versioning = [this](const std::string& status) {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .query = "versioning",
                    .body = "<VersioningConfiguration><Status>" + status +
                            "</Status></VersioningConfiguration>"});
    };
    const auto switch_off = [this] {
        return ask({.method = "PUT",
                    .bucket = "bucket",
                    .query = "transferAcceleration",
                    .body = "<TransferAccelerationConfiguration><Enabled>false</Enabled>"
                            "</TransferAccelerationConfiguration>"});
    };
    keep([](Bucket& bucket) { bucket.rules = {rule(ReplicationStatus::Doing)}; });
    EXPECT_EQ(is_replicated(), "Enabled");
    for (const char* status : {"Enabled", "Suspended"}) {
        EXPECT_EQ(ask_versioning(status).code(), "InvalidBucketStatus") << status;
        EXPECT_EQ(ask_versioning(status).ec(), "0012-00000005") << status;
    }

    keep([](Bucket& bucket) {
        bucket.rules.clear();
        bucket.incoming = {{.source_region = "us-west-1",
                            .source_bucket = BucketName("src-bucket"),
                            .rule_id = "r",
                            .epoch = 1}};
        bucket.incoming[0].is_accelerated = true;
        bucket.transfer_acceleration = true;
        bucket.transfer_acceleration_was_set = true;
    });
    const Answer needed = switch_off();
    EXPECT_EQ(is_replicated(), "Enabled") << "also as a destination";
    EXPECT_EQ(ask_versioning("Enabled").ec(), "0012-00000005");
    EXPECT_EQ(needed.status, 409);
    EXPECT_EQ(needed.code(), "TransferAccAlreadyInUse");
    EXPECT_EQ(needed.ec(), "0028-00000003");
    EXPECT_EQ(needed.xml().child_text("SourceBucket"), "src-bucket");

    keep([](Bucket& bucket) { bucket.incoming.clear(); });
    EXPECT_EQ(is_replicated(), "Disabled");
    EXPECT_EQ(switch_off().status, 200);
    EXPECT_EQ(ask_versioning("Enabled").status, 200);
}

}  // namespace
}  // namespace antipode::oss
