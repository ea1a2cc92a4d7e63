#include "s3/detail/replication_xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "codec/xml_reader.h"
#include "model/bucket.h"
#include "model/text_names.h"
#include "s3/detail/attributes.h"
#include "s3/detail/render.h"

namespace antipode::s3 {

namespace {

using codec::XmlElement;

constexpr std::size_t kRulesMax = 1000;
constexpr std::size_t kRuleIdBytesMax = 255;
constexpr std::size_t kPrefixBytesMax = 1024;
constexpr std::size_t kTagsMax = 10;
constexpr std::string_view kArn = "arn:aws:s3:";

/// An element that nobody knows could narrow the rule, so it is not passed over.
template <std::size_t kCount>
S3Result<void> check_known(const XmlElement& element,
                           const std::array<std::string_view, kCount>& known) {
    for (const XmlElement& child : element.children) {
        if (std::ranges::find(known, child.name) == known.end()) {
            return refuse(words::kMalformedXml);
        }
    }
    return {};
}

/// `<Parent><Status>Enabled</Status></Parent>`; nothing when the parent is not there.
S3Result<std::optional<bool>> parse_status(const XmlElement& parent, std::string_view name) {
    const XmlElement* element = name.empty() ? &parent : parent.child(name);
    if (element == nullptr) {
        return std::nullopt;
    }
    const std::string_view status = element->child_text("Status");
    if (status != "Enabled" && status != "Disabled") {
        return refuse(words::kMalformedXml);
    }
    return status == "Enabled";
}

S3Result<void> take_prefix(const XmlElement& element, ReplicationRule& rule) {
    if (element.text.size() > kPrefixBytesMax) {
        return refuse(words::kInvalidArgument, "The maximum size of a prefix is 1024.");
    }
    if (!element.text.empty()) {
        rule.prefixes = {element.text};
    }
    return {};
}

S3Result<void> take_filter_part(const XmlElement& part, ReplicationRule& rule) {
    if (part.name == "Prefix") {
        return take_prefix(part, rule);
    }
    if (part.name != "Tag" || part.child("Key") == nullptr || part.child("Value") == nullptr) {
        return refuse(words::kMalformedXml);
    }
    rule.tags.emplace_back(part.child_text("Key"), part.child_text("Value"));
    return {};
}

S3Result<void> parse_filter(const XmlElement& filter, ReplicationRule& rule) {
    if (filter.children.size() > 1) {
        return refuse(words::kMalformedXml);
    }
    for (const XmlElement& child : filter.children) {
        if (child.name != "And") {
            return take_filter_part(child, rule);
        }
        for (const XmlElement& part : child.children) {
            TRY_VOID(take_filter_part(part, rule));
        }
    }
    return check_tags(rule.tags, kTagsMax);
}

/// arn:aws:s3:::bucket, or with the destination's region: arn:aws:s3:cn-beijing::bucket.
S3Result<void> parse_arn(std::string_view arn, ReplicationRule& rule) {
    const std::size_t first = kArn.size();
    const std::size_t second =
        arn.starts_with(kArn) ? arn.find(':', first) : std::string_view::npos;
    const std::size_t third = second == std::string_view::npos ? second : arn.find(':', second + 1);
    const std::string_view bucket =
        third == std::string_view::npos ? std::string_view() : arn.substr(third + 1);
    if (!check_bucket_name(bucket, true)) {
        return refuse(words::kInvalidArgument, "Invalid bucket ARN.");
    }
    rule.target_region = arn.substr(first, second - first);
    rule.target_bucket = BucketName(std::string(bucket));
    return {};
}

S3Result<void> parse_time_control(const XmlElement& destination, ReplicationRule& rule) {
    TRY(const auto time, parse_status(destination, "ReplicationTime"));
    TRY(const auto metrics, parse_status(destination, "Metrics"));
    rule.rtc = time.value_or(false);
    if (rule.rtc && !metrics.value_or(false)) {
        return refuse(words::kInvalidRequest,
                      "ReplicationTime cannot be used without Metrics enabled.");
    }
    for (const auto& [name, inner] :
         {std::pair("ReplicationTime", "Time"), std::pair("Metrics", "EventThreshold")}) {
        const XmlElement* element = destination.child(name);
        const XmlElement* minutes = element == nullptr ? nullptr : element->child(inner);
        if (minutes != nullptr && minutes->child_text("Minutes") != "15") {
            return refuse(words::kInvalidRequest, "The only valid value for Minutes is 15.");
        }
    }
    return {};
}

S3Result<void> parse_destination(const XmlElement& destination,
                                 std::string_view owner,
                                 ReplicationRule& rule) {
    constexpr auto kKnown = std::to_array<std::string_view>({"Bucket",
                                                             "Account",
                                                             "StorageClass",
                                                             "AccessControlTranslation",
                                                             "EncryptionConfiguration",
                                                             "ReplicationTime",
                                                             "Metrics"});
    TRY_VOID(check_known(destination, kKnown));
    TRY_VOID(parse_arn(destination.child_text("Bucket"), rule));
    if (destination.child("AccessControlTranslation") != nullptr) {
        return refuse_not_implemented("Destination/AccessControlTranslation");
    }
    if (const XmlElement* account = destination.child("Account");
        account != nullptr && account->text != owner) {
        return refuse_not_implemented("Destination/Account of another owner");
    }
    if (const XmlElement* named = destination.child("StorageClass"); named != nullptr) {
        rule.replica_class = parse_s3_storage_class(named->text);
        if (!rule.replica_class) {
            return refuse(words::kMalformedXml);
        }
    }
    if (const XmlElement* keys = destination.child("EncryptionConfiguration"); keys != nullptr) {
        rule.replica_kms_key = keys->child_text("ReplicaKmsKeyID");
    }
    return parse_time_control(destination, rule);
}

S3Result<void> parse_selection(const XmlElement& element, ReplicationRule& rule) {
    if (const XmlElement* criteria = element.child("SourceSelectionCriteria");
        criteria != nullptr) {
        constexpr auto kKnown =
            std::to_array<std::string_view>({"SseKmsEncryptedObjects", "ReplicaModifications"});
        TRY_VOID(check_known(*criteria, kKnown));
        TRY(rule.kms_objects, parse_status(*criteria, "SseKmsEncryptedObjects"));
        TRY(const auto modifications, parse_status(*criteria, "ReplicaModifications"));
        rule.replica_modifications = modifications.value_or(false);
    }
    if (rule.kms_objects.value_or(false) != !rule.replica_kms_key.empty()) {
        return refuse(words::kInvalidRequest,
                      "SseKmsEncryptedObjects and EncryptionConfiguration belong together.");
    }
    return {};
}

/// What the two forms say differently.
S3Result<void> parse_form(const XmlElement& element, ReplicationRule& rule) {
    const XmlElement* prefix = element.child("Prefix");
    const XmlElement* filter = element.child("Filter");
    TRY(const auto markers, parse_status(element, "DeleteMarkerReplication"));
    if ((prefix != nullptr) == (filter != nullptr)) {
        return refuse(words::kMalformedXml);
    }
    if (prefix != nullptr) {
        rule.dialect = RuleDialect::S3Legacy;
        if (markers) {
            return refuse(words::kInvalidRequest,
                          "DeleteMarkerReplication cannot be used for this version of Cross Region "
                          "Replication configuration schema. Please refer to S3 Developer Guide "
                          "for more information.");
        }
        return take_prefix(*prefix, rule);
    }
    TRY_VOID(parse_filter(*filter, rule));
    if (!markers) {
        return refuse(words::kInvalidRequest,
                      "DeleteMarkerReplication must be specified for this version of Cross Region "
                      "Replication configuration schema. Please refer to S3 Developer Guide for "
                      "more information.");
    }
    rule.delete_markers = *markers;
    if (rule.delete_markers && !rule.tags.empty()) {
        return refuse(words::kInvalidRequest,
                      "Delete marker replication is not supported if any Tag filter is specified. "
                      "Please refer to S3 Developer Guide for more information.");
    }
    return {};
}

S3Result<void> parse_priority(const XmlElement& element, ReplicationRule& rule) {
    const XmlElement* priority = element.child("Priority");
    if (priority == nullptr) {
        return {};
    }
    const std::string& text = priority->text;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), rule.priority);
    if (error != std::errc() || end != text.data() + text.size() || rule.priority < 0) {
        return refuse(words::kMalformedXml);
    }
    return {};
}

S3Result<ReplicationRule> parse_rule(const XmlElement& element, std::string_view owner) {
    constexpr auto kKnown = std::to_array<std::string_view>({"ID",
                                                             "Status",
                                                             "Priority",
                                                             "Prefix",
                                                             "Filter",
                                                             "DeleteMarkerReplication",
                                                             "ExistingObjectReplication",
                                                             "SourceSelectionCriteria",
                                                             "Destination"});
    TRY_VOID(check_known(element, kKnown));
    ReplicationRule rule;
    rule.dialect = RuleDialect::S3;
    // S3 never carries the removal of a version over.
    rule.actions = kReplicatePut;
    rule.action_text = "PUT";
    rule.replica_modifications = false;
    rule.id = element.child_text("ID");
    if (rule.id.size() > kRuleIdBytesMax) {
        return refuse(words::kInvalidArgument, "The maximum size of a rule's ID is 255.");
    }
    const std::string_view status = element.child_text("Status");
    const XmlElement* destination = element.child("Destination");
    if ((status != "Enabled" && status != "Disabled") || destination == nullptr) {
        return refuse(words::kMalformedXml);
    }
    rule.is_enabled = status == "Enabled";
    TRY_VOID(parse_priority(element, rule));
    TRY_VOID(parse_form(element, rule));
    TRY(const auto existing, parse_status(element, "ExistingObjectReplication"));
    rule.history = existing.value_or(false);
    TRY_VOID(parse_destination(*destination, owner, rule));
    TRY_VOID(parse_selection(element, rule));
    return rule;
}

S3Result<void> check_priorities(const std::vector<ReplicationRule>& rules) {
    std::set<std::pair<std::string, std::int64_t>> seen;
    for (const ReplicationRule& rule : rules) {
        const std::string destination = rule.target_region + "/" + rule.target_bucket.str();
        if (rule.dialect == RuleDialect::S3 && !seen.emplace(destination, rule.priority).second) {
            return refuse(words::kInvalidRequest,
                          fmt::format("Found duplicate priority {} across rules.", rule.priority));
        }
    }
    return {};
}

std::string_view show_status(bool enabled) {
    return enabled ? "Enabled" : "Disabled";
}

void write_status(codec::XmlWriter& xml, std::string_view name, bool enabled) {
    xml.open(name).element("Status", show_status(enabled)).close();
}

void write_filter(codec::XmlWriter& xml, const ReplicationRule& rule) {
    const std::string prefix = rule.prefixes.empty() ? "" : rule.prefixes.front();
    const bool needs_and = rule.tags.size() + rule.prefixes.size() > 1;
    xml.open("Filter");
    if (needs_and) {
        xml.open("And");
    }
    if (rule.tags.empty() || !rule.prefixes.empty()) {
        xml.element("Prefix", prefix);
    }
    for (const auto& [key, value] : rule.tags) {
        xml.open("Tag").element("Key", key).element("Value", value).close();
    }
    if (needs_and) {
        xml.close();
    }
    xml.close();
}

void write_destination(codec::XmlWriter& xml, const ReplicationRule& rule) {
    xml.open("Destination");
    xml.element("Bucket",
                fmt::format("{}{}::{}", kArn, rule.target_region, rule.target_bucket.str()));
    if (rule.replica_class) {
        xml.element("StorageClass", s3_name(*rule.replica_class));
    }
    if (!rule.replica_kms_key.empty()) {
        xml.open("EncryptionConfiguration");
        xml.element("ReplicaKmsKeyID", rule.replica_kms_key).close();
    }
    if (rule.rtc) {
        xml.open("ReplicationTime").element("Status", "Enabled");
        xml.open("Time").element("Minutes", "15").close().close();
        xml.open("Metrics").element("Status", "Enabled");
        xml.open("EventThreshold").element("Minutes", "15").close().close();
    }
    xml.close();
}

void write_rule(codec::XmlWriter& xml, const ReplicationRule& rule) {
    xml.open("Rule").element("ID", rule.id);
    if (rule.dialect == RuleDialect::S3Legacy) {
        xml.element("Prefix", rule.prefixes.empty() ? "" : rule.prefixes.front());
    } else {
        xml.element("Priority", rule.priority);
        write_filter(xml, rule);
        write_status(xml, "DeleteMarkerReplication", rule.delete_markers && rule.tags.empty());
    }
    xml.element("Status", show_status(rule.is_enabled));
    if (rule.kms_objects || rule.replica_modifications) {
        xml.open("SourceSelectionCriteria");
        if (rule.kms_objects) {
            write_status(xml, "SseKmsEncryptedObjects", *rule.kms_objects);
        }
        if (rule.replica_modifications) {
            write_status(xml, "ReplicaModifications", true);
        }
        xml.close();
    }
    if (rule.history) {
        write_status(xml, "ExistingObjectReplication", true);
    }
    write_destination(xml, rule);
    xml.close();
}

}  // namespace

S3Result<std::vector<ReplicationRule>> parse_replication(std::string_view xml,
                                                         std::string_view owner) {
    TRY(const XmlElement root, codec::parse_xml(xml));
    const std::string_view role = root.child_text("Role");
    if (root.name != "ReplicationConfiguration" || role.empty()) {
        return refuse(words::kMalformedXml);
    }
    std::vector<ReplicationRule> rules;
    for (const XmlElement& child : root.children) {
        if (child.name == "Role") {
            continue;
        }
        if (child.name != "Rule" || rules.size() == kRulesMax) {
            return refuse(words::kMalformedXml);
        }
        TRY(ReplicationRule rule, parse_rule(child, owner));
        rule.sync_role = role;
        rules.push_back(std::move(rule));
    }
    if (rules.empty()) {
        return refuse(words::kMalformedXml);
    }
    TRY_VOID(check_priorities(rules));
    return rules;
}

std::string_view said_only_in_oss(const ReplicationRule& rule) {
    if (rule.actions != kReplicatePut) {
        return "an Action other than PUT";
    }
    if (rule.prefixes.size() > 1) {
        return "several prefixes";
    }
    if (rule.any_tag && rule.tags.size() > 1) {
        return "tags with OR";
    }
    return "";
}

void write_replication(codec::XmlWriter& xml, const std::vector<ReplicationRule>& rules) {
    xml.open("ReplicationConfiguration", kNamespace);
    xml.element("Role", rules.empty() ? "" : rules.front().sync_role);
    for (const ReplicationRule& rule : rules) {
        write_rule(xml, rule);
    }
    xml.close();
}

}  // namespace antipode::s3
