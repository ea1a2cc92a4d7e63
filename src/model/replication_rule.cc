#include "model/replication_rule.h"

#include <algorithm>

namespace antipode {

bool matches_prefix(const ReplicationRule& rule, std::string_view key) {
    return rule.prefixes.empty() ||
           std::ranges::any_of(
               rule.prefixes, [key](const std::string& prefix) { return key.starts_with(prefix); });
}

bool matches_tags(const ReplicationRule& rule, const NamedValues& tags) {
    if (rule.tags.empty()) {
        return true;
    }
    const auto has = [&tags](const auto& wanted) {
        return std::ranges::find(tags, wanted) != tags.end();
    };
    return rule.any_tag ? std::ranges::any_of(rule.tags, has) : std::ranges::all_of(rule.tags, has);
}

std::string replica_key(const ReplicationRule& rule) {
    return rule.kms_objects.value_or(false) ? kms_key_id(rule.replica_kms_key) : std::string();
}

bool takes_version(const ReplicationRule& rule, const ObjectVersion& version) {
    if ((rule.actions & kReplicatePut) == 0 || !matches_prefix(rule, version.key)) {
        return false;
    }
    // A marker has no tags, so a rule with tags does not take it.
    return version.is_delete_marker ? rule.delete_markers && rule.tags.empty()
                                    : matches_tags(rule, version.attributes.tags);
}

bool is_outranked(const ReplicationRule& rule,
                  const std::vector<ReplicationRule>& rules,
                  const ObjectVersion& version) {
    const auto filter_fits = [&version](const ReplicationRule& one) {
        return matches_prefix(one, version.key) && matches_tags(one, version.attributes.tags);
    };
    return std::ranges::any_of(rules, [&](const ReplicationRule& other) {
        const bool competes =
            other.id != rule.id && other.is_enabled && other.status != ReplicationStatus::Closing &&
            other.target_bucket == rule.target_bucket && other.target_region == rule.target_region;
        const bool is_greater =
            other.priority != rule.priority ? other.priority > rule.priority : other.id < rule.id;
        return competes && is_greater && filter_fits(other);
    });
}

}  // namespace antipode
