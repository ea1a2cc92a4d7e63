#include "model/lifecycle_rule.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace antipode {

namespace {

std::int64_t midnight_after(std::int64_t time_ms, std::int64_t days, std::int64_t day_ms) {
    const std::int64_t due_ms = time_ms + days * day_ms;
    return (due_ms + day_ms - 1) / day_ms * day_ms;
}

/// When it acts on something of that age; nothing = never.
std::optional<std::int64_t> due_ms(const LifecycleRule& rule,
                                   const LifecycleTime& when,
                                   std::int64_t born_ms,
                                   std::int64_t day_ms) {
    if (when.days) {
        return midnight_after(born_ms, *when.days, day_ms);
    }
    if (!when.date_ms || (rule.dialect == RuleDialect::Oss && born_ms >= *when.date_ms)) {
        return std::nullopt;
    }
    return when.date_ms;
}

bool has_tag(const NamedValues& tags, const std::pair<std::string, std::string>& wanted) {
    return std::ranges::find(tags, wanted) != tags.end();
}

bool names_sizes(const LifecycleRule& rule) {
    return rule.bytes_above.has_value() || rule.bytes_below.has_value();
}

bool excludes(const LifecycleExclusion& exclusion, std::string_view key, const NamedValues& tags) {
    return key.starts_with(exclusion.prefix) && (!exclusion.tag || has_tag(tags, *exclusion.tag));
}

bool means_key(const LifecycleRule& rule, std::string_view key, const NamedValues& tags) {
    return rule.is_enabled && key.starts_with(rule.prefix) &&
           std::ranges::all_of(rule.tags,
                               [&tags](const auto& tag) { return has_tag(tags, tag); }) &&
           std::ranges::none_of(rule.exclusions, [&](const LifecycleExclusion& exclusion) {
               return excludes(exclusion, key, tags);
           });
}

/// A marker has neither tags nor size: rules that name them are not about markers.
bool means(const LifecycleRule& rule, const ObjectVersion& version) {
    if (!means_key(rule, version.key, version.attributes.tags)) {
        return false;
    }
    if (version.is_delete_marker) {
        return !names_sizes(rule);
    }
    return (!rule.bytes_above || version.size_bytes > *rule.bytes_above) &&
           (!rule.bytes_below || version.size_bytes < *rule.bytes_below);
}

bool is_large_enough(const LifecycleRule& rule, const ObjectVersion& version) {
    return rule.dialect == RuleDialect::Oss || names_sizes(rule) ||
           version.size_bytes >= kS3TransitionBytesMin;
}

/// Looks at one rule after the other with one time and one day length.
class Decider {
  public:
    Decider(const LifecycleSubject& subject, std::int64_t now_ms, std::int64_t day_ms)
        : subject_(subject), now_ms_(now_ms), day_ms_(day_ms) {}

    [[nodiscard]] LifecycleDeed removal(const LifecycleRule& rule) const {
        const ObjectVersion& version = subject_.version;
        if (!subject_.is_latest) {
            return rule.noncurrent_expiration && is_due(*rule.noncurrent_expiration)
                       ? LifecycleDeed::RemoveVersion
                       : LifecycleDeed::None;
        }
        if (version.is_delete_marker) {
            return subject_.is_alone && removes_marker(rule) ? LifecycleDeed::RemoveMarker
                                                             : LifecycleDeed::None;
        }
        return rule.expiration && is_due(rule, *rule.expiration) ? LifecycleDeed::Expire
                                                                 : LifecycleDeed::None;
    }

    [[nodiscard]] std::optional<StorageClass> transition(const LifecycleRule& rule) const {
        if (subject_.version.is_delete_marker || !is_large_enough(rule, subject_.version)) {
            return std::nullopt;
        }
        // The last that is due counts; nothing goes back to a class that is left.
        StorageClass to = subject_.version.attributes.storage_class;
        if (subject_.is_latest) {
            for (const LifecycleTransition& transition : rule.transitions) {
                if (is_due(rule, transition.when)) {
                    to = std::max(to, transition.to);
                }
            }
        } else {
            for (const NoncurrentTransition& transition : rule.noncurrent_transitions) {
                if (is_due(transition.when)) {
                    to = std::max(to, transition.to);
                }
            }
        }
        return to == subject_.version.attributes.storage_class ? std::nullopt : std::optional(to);
    }

  private:
    [[nodiscard]] bool is_due(const LifecycleRule& rule, const LifecycleTime& when) const {
        const auto due = due_ms(rule, when, subject_.version.last_modified_ms, day_ms_);
        return due && *due <= now_ms_;
    }

    [[nodiscard]] bool is_due(const NoncurrentAge& age) const {
        return subject_.newer_noncurrent >= age.kept &&
               midnight_after(subject_.noncurrent_since_ms, age.days, day_ms_) <= now_ms_;
    }

    /// S3 takes the age of an expiration for that of a lone marker, too.
    [[nodiscard]] bool removes_marker(const LifecycleRule& rule) const {
        return rule.removes_lone_markers || (rule.dialect != RuleDialect::Oss && rule.expiration &&
                                             is_due(rule, *rule.expiration));
    }

    const LifecycleSubject& subject_;
    std::int64_t now_ms_;
    std::int64_t day_ms_;
};

Result<void> check_time(const LifecycleRule& rule,
                        std::string_view what,
                        const LifecycleTime& when) {
    if (when.days.has_value() == when.date_ms.has_value()) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} of the rule '{}' must say either days or a date.", what, rule.id));
    }
    if (when.days == 0U) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("'Days' for {} action must be a positive integer.", what));
    }
    if (when.date_ms && *when.date_ms % kDayMs != 0) {
        return fail(ErrorCode::InvalidArgument, "'Date' must be at midnight GMT.");
    }
    return {};
}

/// Times of two kinds cannot be compared: they are taken as they are.
bool is_later(const LifecycleTime& one, const LifecycleTime& other) {
    if (one.days && other.days) {
        return *one.days > *other.days;
    }
    return !one.date_ms || !other.date_ms || *one.date_ms > *other.date_ms;
}

std::unexpected<Error> refuse_order(const LifecycleRule& rule, std::string_view what) {
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} of the rule '{}' must be later than what goes before it: every "
                            "Transition, and of those each colder class.",
                            what,
                            rule.id));
}

Result<void> check_transitions(const LifecycleRule& rule) {
    const LifecycleTransition* before = nullptr;
    for (const LifecycleTransition& transition : rule.transitions) {
        TRY_VOID(check_time(rule, "Transition", transition.when));
        if (before != nullptr &&
            (transition.to <= before->to || !is_later(transition.when, before->when))) {
            return refuse_order(rule, "Transition");
        }
        if (rule.expiration && !is_later(*rule.expiration, transition.when)) {
            return refuse_order(rule, "Expiration");
        }
        before = &transition;
    }
    return {};
}

Result<void> check_noncurrent(const LifecycleRule& rule) {
    const auto is_given = [](const NoncurrentAge& age) { return age.days > 0; };
    const NoncurrentTransition* before = nullptr;
    for (const NoncurrentTransition& transition : rule.noncurrent_transitions) {
        if (!is_given(transition.when)) {
            return fail(ErrorCode::InvalidArgument,
                        "'NoncurrentDays' for NoncurrentVersionTransition action must be a "
                        "positive integer.");
        }
        if (before != nullptr &&
            (transition.to <= before->to || transition.when.days <= before->when.days)) {
            return refuse_order(rule, "NoncurrentVersionTransition");
        }
        if (rule.noncurrent_expiration &&
            rule.noncurrent_expiration->days <= transition.when.days) {
            return refuse_order(rule, "NoncurrentVersionExpiration");
        }
        before = &transition;
    }
    if (rule.noncurrent_expiration && !is_given(*rule.noncurrent_expiration)) {
        return fail(ErrorCode::InvalidArgument,
                    "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive "
                    "integer.");
    }
    return {};
}

bool has_action(const LifecycleRule& rule) {
    return rule.expiration || rule.removes_lone_markers || !rule.transitions.empty() ||
           rule.noncurrent_expiration || !rule.noncurrent_transitions.empty() || rule.abort_uploads;
}

Result<void> check_filter(const LifecycleRule& rule) {
    if (rule.bytes_above && rule.bytes_below && *rule.bytes_above >= *rule.bytes_below) {
        return fail(ErrorCode::InvalidArgument,
                    "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
    }
    if (rule.abort_uploads && (!rule.tags.empty() || names_sizes(rule))) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("The rule '{}' ends uploads, which have neither tags nor sizes.", rule.id));
    }
    if (rule.removes_lone_markers && !rule.tags.empty()) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("The rule '{}' removes delete markers, which have no tags.", rule.id));
    }
    for (const LifecycleExclusion& exclusion : rule.exclusions) {
        if (!exclusion.prefix.starts_with(rule.prefix) ||
            (exclusion.prefix == rule.prefix && !exclusion.tag)) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("A Not of the rule '{}' must name a part of the rule's prefix.",
                                    rule.id));
        }
    }
    return {};
}

Result<void> check_rule(const LifecycleRule& rule) {
    if (rule.id.size() > kLifecycleRuleIdBytesMax) {
        return fail(ErrorCode::InvalidArgument, "ID length should not exceed allowed limit of 255");
    }
    if (!has_action(rule)) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("The rule '{}' must have at least one action.", rule.id));
    }
    if (rule.expiration) {
        TRY_VOID(check_time(rule, "Expiration", *rule.expiration));
    }
    if (rule.expiration && rule.removes_lone_markers) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("ExpiredObjectDeleteMarker of the rule '{}' cannot be specified "
                                "with days or a date.",
                                rule.id));
    }
    if (rule.abort_uploads) {
        TRY_VOID(check_time(rule, "AbortMultipartUpload", *rule.abort_uploads));
    }
    TRY_VOID(check_filter(rule));
    TRY_VOID(check_transitions(rule));
    return check_noncurrent(rule);
}

/// Two tags of one name and different values are never on one object.
bool may_mean_the_same(const LifecycleRule& one, const LifecycleRule& other) {
    if (!one.prefix.starts_with(other.prefix) && !other.prefix.starts_with(one.prefix)) {
        return false;
    }
    return std::ranges::none_of(one.tags, [&other](const auto& tag) {
        return std::ranges::any_of(other.tags, [&tag](const auto& there) {
            return there.first == tag.first && there.second != tag.second;
        });
    });
}

bool act_alike(const LifecycleRule& one, const LifecycleRule& other) {
    return (one.expiration.has_value() && other.expiration.has_value()) ||
           (one.removes_lone_markers && other.removes_lone_markers) ||
           (!one.transitions.empty() && !other.transitions.empty()) ||
           (one.noncurrent_expiration.has_value() && other.noncurrent_expiration.has_value()) ||
           (!one.noncurrent_transitions.empty() && !other.noncurrent_transitions.empty()) ||
           (one.abort_uploads.has_value() && other.abort_uploads.has_value());
}

Result<void> check_overlap(const LifecycleRules& rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        for (std::size_t j = i + 1; j < rules.size(); ++j) {
            if (act_alike(rules[i], rules[j]) && may_mean_the_same(rules[i], rules[j])) {
                return fail(ErrorCode::InvalidArgument,
                            fmt::format("The rules '{}' and '{}' have the same action and "
                                        "overlapping prefixes '{}' and '{}'.",
                                        rules[i].id,
                                        rules[j].id,
                                        rules[i].prefix,
                                        rules[j].prefix));
            }
        }
    }
    return {};
}

}  // namespace

Result<void> check_lifecycle(const LifecycleRules& rules, bool allow_overlap) {
    if (rules.empty()) {
        return fail(ErrorCode::MalformedXml);
    }
    if (rules.size() > kLifecycleRulesMax) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("A bucket has at most {} lifecycle rules.", kLifecycleRulesMax));
    }
    std::set<std::string_view> ids;
    for (const LifecycleRule& rule : rules) {
        TRY_VOID(check_rule(rule));
        if (!ids.insert(rule.id).second) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("Rule ID must be unique. Found same ID for more than one "
                                    "rule: '{}'.",
                                    rule.id));
        }
    }
    return allow_overlap ? Result<void>{} : check_overlap(rules);
}

LifecycleDecision decide_lifecycle(const LifecycleRules& rules,
                                   const LifecycleSubject& subject,
                                   std::int64_t now_ms,
                                   std::int64_t day_ms) {
    const Decider decider(subject, now_ms, day_ms);
    LifecycleDecision decision;
    for (const LifecycleRule& rule : rules) {
        if (!means(rule, subject.version)) {
            continue;
        }
        if (const LifecycleDeed deed = decider.removal(rule); deed != LifecycleDeed::None) {
            return {.deed = deed, .to = StorageClass::Standard, .rule_id = rule.id};
        }
        if (const auto to = decider.transition(rule); to && *to > decision.to) {
            decision = {.deed = LifecycleDeed::Transition, .to = *to, .rule_id = rule.id};
        }
    }
    return decision;
}

const LifecycleRule* find_rule_that_aborts(const LifecycleRules& rules,
                                           const MultipartUpload& upload,
                                           std::int64_t now_ms,
                                           std::int64_t day_ms) {
    const auto found = std::ranges::find_if(rules, [&](const LifecycleRule& rule) {
        if (!rule.abort_uploads || !means_key(rule, upload.key, upload.attributes.tags)) {
            return false;
        }
        const auto due = due_ms(rule, *rule.abort_uploads, upload.initiated_ms, day_ms);
        return due && *due <= now_ms;
    });
    return found == rules.end() ? nullptr : &*found;
}

std::optional<LifecycleExpiry> expiry_of(const LifecycleRules& rules,
                                         const ObjectVersion& version) {
    std::optional<LifecycleExpiry> first;
    for (const LifecycleRule& rule : rules) {
        if (!rule.expiration || version.is_delete_marker || !means(rule, version)) {
            continue;
        }
        const auto due = due_ms(rule, *rule.expiration, version.last_modified_ms, kDayMs);
        if (due && (!first || *due < first->at_ms)) {
            first = {.at_ms = *due, .rule_id = rule.id};
        }
    }
    return first;
}

}  // namespace antipode
