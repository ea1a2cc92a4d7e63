#include "s3/detail/lifecycle_xml.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>

#include <fmt/format.h>

#include "codec/http_date.h"
#include "codec/utf8.h"
#include "codec/xml_reader.h"
#include "model/text_names.h"
#include "s3/detail/attributes.h"
#include "s3/detail/render.h"

namespace antipode::s3 {

namespace {

using codec::XmlElement;

constexpr std::size_t kPrefixBytesMax = 1024;
constexpr std::size_t kTagsMax = 10;
constexpr std::uint32_t kDaysToInfrequentAccessMin = 30;
constexpr std::uint32_t kKeptMax = 100;

/// An element that nobody knows could narrow the rule, so it is not passed over.
S3Result<void> check_known(const XmlElement& element,
                           std::initializer_list<std::string_view> known) {
    for (const XmlElement& child : element.children) {
        if (std::ranges::find(known, child.name) == known.end()) {
            return refuse(words::kMalformedXml);
        }
    }
    return {};
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole && !text.empty() ? std::optional(value) : std::nullopt;
}

/// Of a child that is a count of days or versions; nothing when it is not there.
S3Result<std::optional<std::uint32_t>> parse_count(const XmlElement& parent,
                                                   std::string_view name) {
    const XmlElement* element = parent.child(name);
    if (element == nullptr) {
        return std::nullopt;
    }
    const auto count = parse_whole<std::int32_t>(element->text);
    if (!count) {
        return refuse(words::kMalformedXml);
    }
    if (*count <= 0) {
        return refuse(
            words::kInvalidArgument,
            fmt::format("'{}' for {} action must be a positive integer", name, parent.name));
    }
    return static_cast<std::uint32_t>(*count);
}

S3Result<LifecycleTime> parse_time(const XmlElement& element) {
    LifecycleTime when;
    TRY(when.days, parse_count(element, "Days"));
    if (const XmlElement* date = element.child("Date")) {
        const auto parsed = codec::parse_iso8601(date->text);
        if (!parsed) {
            return refuse(words::kMalformedXml);
        }
        when.date_ms = parsed->time_since_epoch().count();
    }
    if (when.days && when.date_ms) {
        return refuse(words::kMalformedXml);
    }
    return when;
}

S3Result<std::uint64_t> parse_bytes(const XmlElement& element) {
    const auto bytes = parse_whole<std::uint64_t>(element.text);
    if (!bytes) {
        return refuse(words::kMalformedXml);
    }
    return *bytes;
}

S3Result<void> take_prefix(const XmlElement& element, LifecycleRule& rule) {
    if (element.text.size() > kPrefixBytesMax || !codec::is_valid_utf8(element.text)) {
        return refuse(words::kInvalidArgument, "The maximum size of a prefix is 1024.");
    }
    rule.prefix = element.text;
    return {};
}

S3Result<void> take_filter_part(const XmlElement& part, LifecycleRule& rule) {
    if (part.name == "Prefix") {
        return take_prefix(part, rule);
    }
    if (part.name == "ObjectSizeGreaterThan") {
        TRY(rule.bytes_above, parse_bytes(part));
        return {};
    }
    if (part.name == "ObjectSizeLessThan") {
        TRY(rule.bytes_below, parse_bytes(part));
        return {};
    }
    if (part.name != "Tag" || part.child("Key") == nullptr || part.child("Value") == nullptr) {
        return refuse(words::kMalformedXml);
    }
    rule.tags.emplace_back(part.child_text("Key"), part.child_text("Value"));
    return {};
}

S3Result<void> take_filter(const XmlElement& filter, LifecycleRule& rule) {
    rule.dialect = RuleDialect::S3;
    if (filter.children.size() > 1) {
        return refuse(words::kMalformedXml);
    }
    for (const XmlElement& child : filter.children) {
        if (child.name != "And") {
            TRY_VOID(take_filter_part(child, rule));
            continue;
        }
        for (const XmlElement& part : child.children) {
            TRY_VOID(take_filter_part(part, rule));
        }
    }
    return check_tags(rule.tags, kTagsMax);
}

S3Result<void> take_expiration(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(check_known(element, {"Days", "Date", "ExpiredObjectDeleteMarker"}));
    const std::string_view marker = element.child_text("ExpiredObjectDeleteMarker");
    if (!marker.empty() && marker != "true" && marker != "false") {
        return refuse(words::kMalformedXml);
    }
    TRY(const LifecycleTime when, parse_time(element));
    const bool has_time = when != LifecycleTime{};
    if (has_time == !marker.empty()) {
        return refuse(words::kMalformedXml);
    }
    if (has_time) {
        rule.expiration = when;
    }
    rule.removes_lone_markers = marker == "true";
    return {};
}

S3Result<StorageClass> parse_class(const XmlElement& element) {
    const std::string_view text = element.child_text("StorageClass");
    TRY(const StorageClass storage_class, parse_storage_class(text));
    if (storage_class == StorageClass::Standard) {
        return refuse(words::kMalformedXml);
    }
    if (storage_class != StorageClass::InfrequentAccess) {
        return refuse_not_implemented(fmt::format("A lifecycle transition to '{}'", text));
    }
    return storage_class;
}

S3Result<void> take_transition(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(check_known(element, {"Days", "Date", "StorageClass"}));
    LifecycleTransition transition;
    TRY(transition.when, parse_time(element));
    TRY(transition.to, parse_class(element));
    if (transition.when.days && *transition.when.days < kDaysToInfrequentAccessMin) {
        return refuse(words::kInvalidArgument,
                      "'Days' in Transition action must be greater than or equal to 30 for "
                      "storageClass 'STANDARD_IA'");
    }
    rule.transitions.push_back(transition);
    return {};
}

S3Result<NoncurrentAge> parse_age(const XmlElement& element) {
    TRY(const auto days, parse_count(element, "NoncurrentDays"));
    TRY(const auto kept, parse_count(element, "NewerNoncurrentVersions"));
    if (!days) {
        return refuse(words::kMalformedXml);
    }
    if (kept.value_or(0) > kKeptMax) {
        return refuse(words::kInvalidArgument,
                      "'NewerNoncurrentVersions' must be between 1 and 100");
    }
    return NoncurrentAge{.days = *days, .kept = kept.value_or(0)};
}

S3Result<void> take_noncurrent_transition(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(check_known(element, {"NoncurrentDays", "NewerNoncurrentVersions", "StorageClass"}));
    NoncurrentTransition transition;
    TRY(transition.when, parse_age(element));
    TRY(transition.to, parse_class(element));
    if (transition.when.days < kDaysToInfrequentAccessMin) {
        return refuse(words::kInvalidArgument,
                      "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than "
                      "or equal to 30 for storageClass 'STANDARD_IA'");
    }
    rule.noncurrent_transitions.push_back(transition);
    return {};
}

S3Result<void> take_abortion(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(check_known(element, {"DaysAfterInitiation"}));
    LifecycleTime when;
    TRY(when.days, parse_count(element, "DaysAfterInitiation"));
    if (!when.days) {
        return refuse(words::kMalformedXml);
    }
    rule.abort_uploads = when;
    return {};
}

S3Result<void> take_element(const XmlElement& element, LifecycleRule& rule) {
    const std::string& name = element.name;
    if (name == "ID") {
        rule.id = element.text;
    } else if (name == "Prefix") {
        rule.dialect = RuleDialect::S3Legacy;
        return take_prefix(element, rule);
    } else if (name == "Filter") {
        return take_filter(element, rule);
    } else if (name == "Status") {
        if (element.text != "Enabled" && element.text != "Disabled") {
            return refuse(words::kMalformedXml);
        }
        rule.is_enabled = element.text == "Enabled";
    } else if (name == "Expiration") {
        return take_expiration(element, rule);
    } else if (name == "Transition") {
        return take_transition(element, rule);
    } else if (name == "NoncurrentVersionExpiration") {
        TRY_VOID(check_known(element, {"NoncurrentDays", "NewerNoncurrentVersions"}));
        TRY(rule.noncurrent_expiration, parse_age(element));
    } else if (name == "NoncurrentVersionTransition") {
        return take_noncurrent_transition(element, rule);
    } else if (name == "AbortIncompleteMultipartUpload") {
        return take_abortion(element, rule);
    } else {
        return refuse(words::kMalformedXml);
    }
    return {};
}

bool has_action(const XmlElement& element) {
    return std::ranges::any_of(element.children, [](const XmlElement& child) {
        return child.name == "Expiration" || child.name.ends_with("Transition") ||
               child.name == "NoncurrentVersionExpiration" ||
               child.name == "AbortIncompleteMultipartUpload";
    });
}

/// What S3 answers in words of its own.
S3Result<void> check_rule(const XmlElement& element, const LifecycleRule& rule) {
    if ((element.child("Prefix") == nullptr) == (element.child("Filter") == nullptr) ||
        element.child("Status") == nullptr) {
        return refuse(words::kMalformedXml);
    }
    if (!has_action(element)) {
        return refuse(words::kInvalidRequest,
                      "At least one action needs to be specified in a rule.");
    }
    const bool names_sizes = rule.bytes_above || rule.bytes_below;
    if (rule.abort_uploads && (!rule.tags.empty() || names_sizes)) {
        return refuse(words::kInvalidRequest,
                      "AbortIncompleteMultipartUpload cannot be specified with Tags or sizes.");
    }
    if (rule.removes_lone_markers && !rule.tags.empty()) {
        return refuse(words::kInvalidRequest,
                      "ExpiredObjectDeleteMarker cannot be specified with Tags.");
    }
    for (const LifecycleTransition& transition : rule.transitions) {
        if (rule.expiration &&
            rule.expiration->days.has_value() != transition.when.days.has_value()) {
            return refuse(words::kInvalidRequest,
                          fmt::format("Found mixed 'Date' and 'Days' based Expiration and "
                                      "Transition actions in lifecycle rule for prefix '{}'",
                                      rule.prefix));
        }
    }
    return {};
}

void write_time(codec::XmlWriter& xml, const LifecycleTime& when) {
    if (when.days) {
        xml.element("Days", *when.days);
    }
    if (when.date_ms) {
        xml.element("Date", show_time(*when.date_ms));
    }
}

void write_filter_parts(codec::XmlWriter& xml, const LifecycleRule& rule, bool is_alone) {
    if (!rule.prefix.empty() || is_alone) {
        xml.element("Prefix", rule.prefix);
    }
    for (const auto& [key, value] : rule.tags) {
        xml.open("Tag").element("Key", key).element("Value", value).close();
    }
    if (rule.bytes_above) {
        xml.element("ObjectSizeGreaterThan", *rule.bytes_above);
    }
    if (rule.bytes_below) {
        xml.element("ObjectSizeLessThan", *rule.bytes_below);
    }
}

void write_filter(codec::XmlWriter& xml, const LifecycleRule& rule) {
    if (rule.dialect == RuleDialect::S3Legacy) {
        xml.element("Prefix", rule.prefix);
        return;
    }
    const std::size_t parts = (rule.prefix.empty() ? 0U : 1U) + rule.tags.size() +
                              (rule.bytes_above ? 1U : 0U) + (rule.bytes_below ? 1U : 0U);
    xml.open("Filter");
    if (parts > 1) {
        xml.open("And");
    }
    write_filter_parts(xml, rule, parts == 0);
    if (parts > 1) {
        xml.close();
    }
    xml.close();
}

void write_age(codec::XmlWriter& xml, const NoncurrentAge& age) {
    xml.element("NoncurrentDays", age.days);
    if (age.kept > 0) {
        xml.element("NewerNoncurrentVersions", age.kept);
    }
}

void write_actions(codec::XmlWriter& xml, const LifecycleRule& rule) {
    if (rule.expiration || rule.removes_lone_markers) {
        xml.open("Expiration");
        write_time(xml, rule.expiration.value_or(LifecycleTime{}));
        if (rule.removes_lone_markers) {
            xml.element("ExpiredObjectDeleteMarker", true);
        }
        xml.close();
    }
    for (const LifecycleTransition& transition : rule.transitions) {
        xml.open("Transition");
        write_time(xml, transition.when);
        xml.element("StorageClass", s3_name(transition.to)).close();
    }
    if (rule.noncurrent_expiration) {
        xml.open("NoncurrentVersionExpiration");
        write_age(xml, *rule.noncurrent_expiration);
        xml.close();
    }
    for (const NoncurrentTransition& transition : rule.noncurrent_transitions) {
        xml.open("NoncurrentVersionTransition");
        write_age(xml, transition.when);
        xml.element("StorageClass", s3_name(transition.to)).close();
    }
    if (rule.abort_uploads) {
        xml.open("AbortIncompleteMultipartUpload")
            .element("DaysAfterInitiation", rule.abort_uploads->days.value_or(0))
            .close();
    }
}

}  // namespace

S3Result<LifecycleRules> parse_lifecycle(std::string_view text) {
    TRY(const XmlElement root, codec::parse_xml(text));
    if (root.name != "LifecycleConfiguration" || root.children.empty()) {
        return refuse(words::kMalformedXml);
    }
    TRY_VOID(check_known(root, {"Rule"}));
    LifecycleRules rules;
    for (const XmlElement& element : root.children) {
        LifecycleRule rule;
        for (const XmlElement& child : element.children) {
            TRY_VOID(take_element(child, rule));
        }
        TRY_VOID(check_rule(element, rule));
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::string_view said_only_in_oss(const LifecycleRule& rule) {
    if (!rule.exclusions.empty()) {
        return "Filter/Not";
    }
    if (rule.abort_uploads && rule.abort_uploads->date_ms) {
        return "AbortMultipartUpload/CreatedBeforeDate";
    }
    const bool has_date = (rule.expiration && rule.expiration->date_ms) ||
                          std::ranges::any_of(rule.transitions, [](const auto& transition) {
                              return transition.when.date_ms.has_value();
                          });
    return has_date && rule.dialect == RuleDialect::Oss ? "CreatedBeforeDate" : "";
}

void write_lifecycle(codec::XmlWriter& xml, const LifecycleRules& rules) {
    xml.open("LifecycleConfiguration", kNamespace);
    for (const LifecycleRule& rule : rules) {
        xml.open("Rule").element("ID", rule.id);
        write_filter(xml, rule);
        xml.element("Status", rule.is_enabled ? "Enabled" : "Disabled");
        write_actions(xml, rule);
        xml.close();
    }
    xml.close();
}

}  // namespace antipode::s3
