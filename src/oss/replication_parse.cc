#include <algorithm>
#include <array>

#include "codec/utf8.h"
#include "codec/xml_reader.h"
#include "model/bucket.h"
#include "oss/replication_xml.h"

namespace antipode::oss {

namespace {

constexpr std::size_t kPrefixesMax = 10;
constexpr std::size_t kPrefixBytesMax = 1023;
constexpr std::size_t kRuleIdBytesMax = 255;
constexpr std::size_t kTagsMax = 10;
constexpr std::size_t kTagKeyBytesMax = 128;
constexpr std::size_t kTagValueBytesMax = 256;

std::unexpected<Error> refuse(ErrorDetail& detail,
                              ErrorCode code,
                              std::string_view ec,
                              std::string message = {}) {
    detail.ec = ec;
    return fail(code, std::move(message));
}

/// "enabled" or "disabled", exactly.
std::optional<bool> parse_switch(std::string_view text) {
    if (text == "enabled") {
        return true;
    }
    return text == "disabled" ? std::optional(false) : std::nullopt;
}

Result<void> parse_prefixes(const codec::XmlElement& set,
                            ReplicationRule& rule,
                            ErrorDetail& detail) {
    for (const codec::XmlElement& element : set.children) {
        if (element.name != "Prefix") {
            return refuse(detail, ErrorCode::MalformedXml, "0031-00000001");
        }
        const std::string& prefix = element.text;
        if (!codec::is_valid_utf8(prefix)) {
            return refuse(detail,
                          ErrorCode::InvalidArgument,
                          "0031-00000018",
                          "A prefix is not valid UTF-8.");
        }
        if (prefix.size() > kPrefixBytesMax) {
            return fail(ErrorCode::InvalidArgument, "A prefix must have at most 1023 bytes.");
        }
        rule.prefixes.push_back(prefix);
    }
    if (rule.prefixes.size() > kPrefixesMax) {
        return fail(ErrorCode::TooManyPrefixes);
    }
    for (std::size_t i = 0; i < rule.prefixes.size(); ++i) {
        for (std::size_t j = 0; j < rule.prefixes.size(); ++j) {
            if (i != j && rule.prefixes[i].starts_with(rule.prefixes[j])) {
                return refuse(detail,
                              ErrorCode::InvalidArgument,
                              "0031-00000019",
                              "The prefixes of the rule overlap.");
            }
        }
    }
    if (rule.prefixes.size() == 1 && rule.prefixes.front().empty()) {
        rule.prefixes.clear();
    }
    return {};
}

Result<void> parse_action(const std::string& text, ReplicationRule& rule, ErrorDetail& detail) {
    if (text.empty()) {
        return {};
    }
    rule.action_text = text;
    rule.actions = 0;
    std::string_view rest = text;
    while (true) {
        const std::size_t comma = rest.find(',');
        const std::string_view word = rest.substr(0, comma);
        if (word == "ALL") {
            rule.actions |= kReplicateAll;
        } else if (word == "PUT") {
            rule.actions |= kReplicatePut;
        } else if (word == "DELETE") {
            rule.actions |= kReplicateDelete;
        } else if (word == "ABORT") {
            rule.actions |= kReplicateAbort;
        } else {
            return refuse(detail,
                          ErrorCode::InvalidArgument,
                          "0031-00000023",
                          "The Action must be ALL or a list of PUT, DELETE and ABORT.");
        }
        if (comma == std::string_view::npos) {
            return {};
        }
        rest.remove_prefix(comma + 1);
    }
}

Result<void> parse_destination(const codec::XmlElement& destination,
                               ReplicationRule& rule,
                               ErrorDetail& detail) {
    if (destination.child("Cloud") != nullptr || destination.child("CloudLocation") != nullptr) {
        return refuse_not_built("replication to another cloud (Destination/Cloud)");
    }
    const std::string_view bucket = destination.child_text("Bucket");
    if (!check_bucket_name(bucket, true)) {
        return refuse(detail, ErrorCode::InvalidTargetBucket, "0031-00000101");
    }
    rule.target_bucket = BucketName(std::string(bucket));
    constexpr std::string_view kLocationPrefix = "oss-";
    const std::string_view location = destination.child_text("Location");
    if (!location.starts_with(kLocationPrefix) || location.size() == kLocationPrefix.size()) {
        return fail(ErrorCode::BadReplicationLocation);
    }
    rule.target_region = location.substr(kLocationPrefix.size());
    if (const codec::XmlElement* type = destination.child("TransferType"); type != nullptr) {
        if (type->text != "internal" && type->text != "oss_acc") {
            return refuse(detail,
                          ErrorCode::InvalidArgument,
                          "0031-00000010",
                          "The TransferType must be internal or oss_acc.");
        }
        rule.transfer = type->text == "oss_acc" ? TransferType::OssAcc : TransferType::Internal;
        rule.transfer_given = true;
    }
    return {};
}

/// Which of the objects that are encrypted with KMS go along, and the destination's key for them.
Result<void> parse_encryption(const codec::XmlElement& element, ReplicationRule& rule) {
    if (const codec::XmlElement* criteria = element.child("SourceSelectionCriteria");
        criteria != nullptr) {
        const codec::XmlElement* objects = criteria->child("SseKmsEncryptedObjects");
        const std::string_view status = objects == nullptr ? "" : objects->child_text("Status");
        if (status != "Enabled" && status != "Disabled") {
            return fail(ErrorCode::InvalidArgument,
                        "The Status of SseKmsEncryptedObjects must be Enabled or Disabled.");
        }
        rule.kms_objects = status == "Enabled";
    }
    if (const codec::XmlElement* keys = element.child("EncryptionConfiguration"); keys != nullptr) {
        rule.replica_kms_key = keys->child_text("ReplicaKmsKeyID");
    }
    const bool selects = rule.kms_objects.value_or(false);
    if (selects && (rule.replica_kms_key.empty() || rule.sync_role.empty())) {
        return fail(ErrorCode::InvalidArgument,
                    "A rule with SseKmsEncryptedObjects needs a ReplicaKmsKeyID and a SyncRole.");
    }
    return {};
}

Result<void> parse_tags(const codec::XmlElement& set, ReplicationRule& rule, ErrorDetail& detail) {
    for (const codec::XmlElement& element : set.children) {
        if (element.name == "FilterType") {
            if (element.text != "AND" && element.text != "OR") {
                return fail(ErrorCode::InvalidArgument, "The FilterType must be AND or OR.");
            }
            rule.any_tag = element.text == "OR";
            continue;
        }
        if (element.name != "UserTagging") {
            return refuse(detail, ErrorCode::MalformedXml, "0031-00000001");
        }
        std::pair<std::string, std::string> tag{element.child_text("Key"),
                                                element.child_text("Value")};
        if (tag.first.empty() || tag.first.size() > kTagKeyBytesMax ||
            tag.second.size() > kTagValueBytesMax) {
            return fail(ErrorCode::InvalidArgument, "A UserTagging of the rule is not valid.");
        }
        rule.tags.push_back(std::move(tag));
    }
    if (rule.tags.size() > kTagsMax) {
        detail.code = "TooManyFilterObjectTags";
        return fail(ErrorCode::TooManyTags, "The rule has more than 10 tags.");
    }
    return {};
}

// An element that is not known could narrow the rule; a rule that ignored it would replicate
// something else than asked.
Result<void> check_known(const codec::XmlElement& element, ErrorDetail& detail) {
    constexpr std::array<std::string_view, 11> kKnown{"ID",
                                                      "RTC",
                                                      "PrefixSet",
                                                      "Action",
                                                      "Destination",
                                                      "HistoricalObjectReplication",
                                                      "SyncRole",
                                                      "SourceSelectionCriteria",
                                                      "EncryptionConfiguration",
                                                      "UserTaggings",
                                                      "Source"};
    for (const codec::XmlElement& child : element.children) {
        if (std::ranges::find(kKnown, child.name) == kKnown.end()) {
            return refuse(detail, ErrorCode::MalformedXml, "0031-00000001");
        }
    }
    return {};
}

Result<ReplicationRule> parse_rule(const codec::XmlElement& element, ErrorDetail& detail) {
    TRY_VOID(check_known(element, detail));
    ReplicationRule rule;
    rule.id = element.child_text("ID");
    if (rule.id.size() > kRuleIdBytesMax) {
        return fail(ErrorCode::InvalidArgument, "The ID of a rule must have at most 255 bytes.");
    }
    if (const codec::XmlElement* prefixes = element.child("PrefixSet"); prefixes != nullptr) {
        TRY_VOID(parse_prefixes(*prefixes, rule, detail));
    }
    TRY_VOID(parse_action(std::string(element.child_text("Action")), rule, detail));
    const codec::XmlElement* destination = element.child("Destination");
    if (destination == nullptr) {
        return refuse(detail, ErrorCode::MalformedXml, "0031-00000001");
    }
    TRY_VOID(parse_destination(*destination, rule, detail));
    if (const codec::XmlElement* history = element.child("HistoricalObjectReplication");
        history != nullptr) {
        const std::optional<bool> enabled = parse_switch(history->text);
        if (!enabled) {
            return refuse(detail,
                          ErrorCode::InvalidArgument,
                          "0031-00000011",
                          "The HistoricalObjectReplication must be enabled or disabled.");
        }
        rule.history = *enabled;
    }
    if (const codec::XmlElement* rtc = element.child("RTC"); rtc != nullptr) {
        const std::optional<bool> enabled = parse_switch(rtc->child_text("Status"));
        if (!enabled) {
            return fail(ErrorCode::InvalidArgument,
                        "The Status of the RTC must be enabled or disabled.");
        }
        rule.rtc = *enabled;
    }
    rule.sync_role = element.child_text("SyncRole");
    TRY_VOID(parse_encryption(element, rule));
    if (const codec::XmlElement* tags = element.child("UserTaggings"); tags != nullptr) {
        TRY_VOID(parse_tags(*tags, rule, detail));
    }
    return rule;
}

}  // namespace

Result<ReplicationRule> parse_add_replication(std::string_view body, ErrorDetail& detail) {
    const Result<codec::XmlElement> root = codec::parse_xml(body);
    if (!root || root->name != "ReplicationConfiguration") {
        return refuse(detail, ErrorCode::MalformedXml, "0031-00000001");
    }
    const codec::XmlElement* rule = nullptr;
    for (const codec::XmlElement& child : root->children) {
        if (child.name == "Rule") {
            if (rule != nullptr) {
                return fail(ErrorCode::TooManyReplicationRules);
            }
            rule = &child;
        }
    }
    if (rule == nullptr) {
        return fail(ErrorCode::NoReplicationRule);
    }
    return parse_rule(*rule, detail);
}

Result<std::string> parse_delete_replication(std::string_view body) {
    TRY(const codec::XmlElement root, codec::parse_xml(body));
    if (root.name != "ReplicationRules") {
        return fail(ErrorCode::MalformedXml);
    }
    std::string id;
    std::size_t count = 0;
    for (const codec::XmlElement& child : root.children) {
        if (child.name == "ID") {
            id = child.text;
            ++count;
        }
    }
    if (count > 1) {
        return fail(ErrorCode::TooManyReplicationRules);
    }
    if (id.empty()) {
        return fail(ErrorCode::NoReplicationRule);
    }
    return id;
}

// The documentation's root is ReplicationRule; ossutil's own input has RtcConfiguration.
Result<RtcChange> parse_put_rtc(std::string_view body, ErrorDetail& detail) {
    TRY(const codec::XmlElement root, codec::parse_xml(body));
    if (root.name != "ReplicationRule" && root.name != "RtcConfiguration") {
        return fail(ErrorCode::MalformedXml);
    }
    RtcChange change{.rule_id = std::string(root.child_text("ID")), .enabled = false};
    if (change.rule_id.empty()) {
        return refuse(detail,
                      ErrorCode::InvalidArgument,
                      "0031-00000015",
                      "The ID of the rule must be given.");
    }
    const codec::XmlElement* rtc = root.child("RTC");
    const std::optional<bool> enabled =
        rtc == nullptr ? std::nullopt : parse_switch(rtc->child_text("Status"));
    if (!enabled) {
        return fail(ErrorCode::MalformedXml, "The Status of the RTC must be enabled or disabled.");
    }
    change.enabled = *enabled;
    return change;
}

}  // namespace antipode::oss
