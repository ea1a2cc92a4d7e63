#include <algorithm>

#include <fmt/format.h>

#include "codec/http_date.h"
#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "oss/replication_xml.h"

namespace antipode::oss {

namespace {

/// What GetBucketReplication and GetBucketReplicationProgress both show. SDKs read ID, Action,
/// Destination, Status and HistoricalObjectReplication without looking whether they are there.
void append_rule(codec::XmlWriter& xml, const ReplicationRule& rule) {
    xml.element("ID", rule.id);
    if (!rule.prefixes.empty()) {
        xml.open("PrefixSet");
        for (const std::string& prefix : rule.prefixes) {
            xml.element("Prefix", prefix);
        }
        xml.close();
    }
    xml.element("Action", rule.action_text);
    xml.open("Destination")
        .element("Bucket", rule.target_bucket.str())
        .element("Location", "oss-" + rule.target_region);
    if (rule.transfer == TransferType::OssAcc) {
        xml.element("TransferType", "oss_acc");
    }
    xml.close();
    xml.element("Status", oss_name(rule.status));
    xml.element("HistoricalObjectReplication", rule.history ? "enabled" : "disabled");
}

void append_encryption(codec::XmlWriter& xml, const ReplicationRule& rule) {
    if (rule.kms_objects) {
        xml.open("SourceSelectionCriteria").open("SseKmsEncryptedObjects");
        xml.element("Status", *rule.kms_objects ? "Enabled" : "Disabled");
        xml.close().close();
    }
    if (!rule.replica_kms_key.empty()) {
        xml.open("EncryptionConfiguration");
        xml.element("ReplicaKmsKeyID", rule.replica_kms_key).close();
    }
}

/// RTC is reported as enabling until the rule is in force and history is copied.
bool is_rtc_in_force(const ReplicationRule& rule,
                     const std::vector<replication::RuleProgress>& progress) {
    const auto found = std::ranges::find_if(
        progress, [&rule](const replication::RuleProgress& one) { return one.rule.id == rule.id; });
    const bool copies_history =
        rule.history && found != progress.end() && found->history.value_or(1.0) < 1.0;
    return rule.status == ReplicationStatus::Doing && !copies_history;
}

void append_tags(codec::XmlWriter& xml, const ReplicationRule& rule) {
    if (rule.tags.empty()) {
        return;
    }
    xml.open("UserTaggings").element("FilterType", rule.any_tag ? "OR" : "AND");
    for (const auto& [key, value] : rule.tags) {
        xml.open("UserTagging").element("Key", key).element("Value", value).close();
    }
    xml.close();
}

}  // namespace

std::string said_only_in_s3(const ReplicationRule& rule,
                            const std::vector<ReplicationRule>& rules) {
    if (!rule.is_enabled) {
        return "Status Disabled";
    }
    if (!rule.delete_markers) {
        return "DeleteMarkerReplication Disabled";
    }
    if (rule.replica_class) {
        return "a StorageClass of replicas";
    }
    const bool shares = std::ranges::any_of(rules, [&rule](const ReplicationRule& other) {
        return other.id != rule.id && other.target_bucket == rule.target_bucket &&
               other.target_region == rule.target_region;
    });
    return shares ? "a Priority between rules to one destination" : "";
}

std::string replication_document(const std::vector<ReplicationRule>& rules,
                                 const std::vector<replication::RuleProgress>& progress) {
    codec::XmlWriter xml;
    xml.open("ReplicationConfiguration");
    for (const ReplicationRule& rule : rules) {
        xml.open("Rule");
        append_rule(xml, rule);
        if (!rule.sync_role.empty()) {
            xml.element("SyncRole", rule.sync_role);
        }
        append_encryption(xml, rule);
        append_tags(xml, rule);
        if (rule.rtc) {
            xml.open("RTC")
                .element("Status", is_rtc_in_force(rule, progress) ? "enabled" : "enabling")
                .close();
        }
        xml.close();
    }
    xml.close();
    return xml.take();
}

std::string progress_document(const std::vector<replication::RuleProgress>& rules) {
    codec::XmlWriter xml;
    xml.open("ReplicationProgress");
    for (const replication::RuleProgress& progress : rules) {
        xml.open("Rule");
        append_rule(xml, progress.rule);
        if (progress.rule.status == ReplicationStatus::Doing) {
            xml.open("Progress");
            if (progress.rule.history && progress.history) {
                // Cut, not rounded: 1 is said only when nothing is left.
                constexpr double kSteps = 10'000;
                const double fraction = std::clamp(*progress.history, 0.0, 1.0);
                const auto steps = static_cast<std::uint32_t>(fraction * kSteps);
                xml.element("HistoricalObject",
                            fmt::format("{}", static_cast<double>(steps) / kSteps));
            }
            if (progress.recovery_point_ms > 0) {
                const codec::UtcTime time{std::chrono::milliseconds(progress.recovery_point_ms)};
                xml.element("NewObject", codec::format_iso8601(time));
            }
            xml.close();
        }
        xml.close();
    }
    xml.close();
    return xml.take();
}

std::string location_document(const std::vector<replication::TargetRegion>& regions) {
    codec::XmlWriter xml;
    xml.open("ReplicationLocation");
    for (const replication::TargetRegion& target : regions) {
        xml.element("Location", "oss-" + target.region);
    }
    if (std::ranges::any_of(regions, &replication::TargetRegion::needs_oss_acc)) {
        xml.open("LocationTransferTypeConstraint");
        for (const replication::TargetRegion& target : regions) {
            if (target.needs_oss_acc) {
                xml.open("LocationTransferType").element("Location", "oss-" + target.region);
                xml.open("TransferTypes").element("Type", "oss_acc").close();
                xml.close();
            }
        }
        xml.close();
    }
    if (std::ranges::any_of(regions, &replication::TargetRegion::rtc)) {
        xml.open("LocationRTCConstraint");
        for (const replication::TargetRegion& target : regions) {
            if (target.rtc) {
                xml.element("Location", "oss-" + target.region);
            }
        }
        xml.close();
    }
    xml.close();
    return xml.take();
}

}  // namespace antipode::oss
