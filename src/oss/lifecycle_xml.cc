#include "oss/lifecycle_xml.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>

#include <fmt/format.h>

#include "codec/http_date.h"
#include "codec/utf8.h"
#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "oss/exchange.h"
#include "oss/tag_rules.h"

namespace antipode::oss {

namespace {

using codec::XmlElement;

constexpr std::size_t kPrefixBytesMax = 1023;

/// An element that nobody knows could narrow the rule, so it is not passed over.
Result<void> check_known(const XmlElement& element, std::initializer_list<std::string_view> known) {
    for (const XmlElement& child : element.children) {
        if (std::ranges::find(known, child.name) == known.end()) {
            return fail(ErrorCode::MalformedXml,
                        fmt::format("{} is not known in {}.", child.name, element.name));
        }
    }
    return {};
}

Result<std::uint64_t> parse_count(const XmlElement& element) {
    const auto count = parse_number(element.text);
    if (!count || *count > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} must be a positive integer.", element.name));
    }
    return *count;
}

Result<bool> parse_truth(const XmlElement& parent, std::string_view name) {
    const XmlElement* element = parent.child(name);
    if (element == nullptr || element->text == "false") {
        return false;
    }
    if (element->text != "true") {
        return fail(ErrorCode::MalformedXml);
    }
    return true;
}

Result<void> refuse_access_time(const XmlElement& element) {
    for (const std::string_view name : {"IsAccessTime", "ReturnToStdWhenVisit", "AllowSmallFile"}) {
        TRY(const bool is_wanted, parse_truth(element, name));
        if (is_wanted) {
            return refuse_not_built(fmt::format("lifecycle by access time ({})", name));
        }
    }
    return {};
}

Result<LifecycleTime> parse_time(const XmlElement& element) {
    LifecycleTime when;
    if (const XmlElement* days = element.child("Days")) {
        TRY(const std::uint64_t count, parse_count(*days));
        when.days = static_cast<std::uint32_t>(count);
    }
    for (const std::string_view name : {"CreatedBeforeDate", "Date"}) {
        const XmlElement* date = element.child(name);
        if (date == nullptr) {
            continue;
        }
        const auto parsed = codec::parse_iso8601(date->text);
        if (!parsed || when.date_ms) {
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} must be one midnight as 2002-10-11T00:00:00.000Z.", name));
        }
        when.date_ms = parsed->time_since_epoch().count();
    }
    return when;
}

Result<StorageClass> parse_class(const XmlElement& element) {
    const std::string text(element.child_text("StorageClass"));
    const auto storage_class = parse_oss_storage_class(text);
    if (!storage_class || *storage_class == StorageClass::Standard) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("Lifecycle cannot move objects to the class '{}'.", text));
    }
    if (*storage_class != StorageClass::InfrequentAccess) {
        return refuse_not_built("storage class " + text);
    }
    return *storage_class;
}

Result<std::pair<std::string, std::string>> parse_tag(const XmlElement& element) {
    std::pair<std::string, std::string> tag(element.child_text("Key"), element.child_text("Value"));
    TRY_VOID(check_known(element, {"Key", "Value"}));
    if (tag.first.empty() || tag.first.size() > kObjectTagLimits.key_bytes ||
        tag.second.size() > kObjectTagLimits.value_bytes) {
        return fail(ErrorCode::InvalidTag);
    }
    return tag;
}

Result<std::string> parse_prefix(const XmlElement& element) {
    if (element.text.size() > kPrefixBytesMax || !codec::is_valid_utf8(element.text)) {
        return fail(ErrorCode::InvalidArgument,
                    "A prefix must be valid UTF-8 and have at most 1023 bytes.");
    }
    return element.text;
}

Result<void> take_exclusion(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(check_known(element, {"Prefix", "Tag"}));
    LifecycleExclusion exclusion;
    if (const XmlElement* prefix = element.child("Prefix")) {
        TRY(exclusion.prefix, parse_prefix(*prefix));
    }
    if (const XmlElement* tag = element.child("Tag")) {
        TRY(exclusion.tag, parse_tag(*tag));
    }
    rule.exclusions.push_back(std::move(exclusion));
    return {};
}

Result<void> take_filter(const XmlElement& filter, LifecycleRule& rule) {
    for (const XmlElement& child : filter.children) {
        if (child.name == "Not") {
            TRY_VOID(take_exclusion(child, rule));
        } else if (child.name == "ObjectSizeGreaterThan" || child.name == "ObjectSizeLessThan") {
            const auto bytes = parse_number(child.text);
            if (!bytes) {
                return fail(ErrorCode::InvalidArgument,
                            fmt::format("{} must be a number of bytes.", child.name));
            }
            (child.name == "ObjectSizeLessThan" ? rule.bytes_below : rule.bytes_above) = *bytes;
        } else {
            return fail(ErrorCode::MalformedXml);
        }
    }
    return {};
}

Result<void> take_expiration(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(
        check_known(element, {"Days", "CreatedBeforeDate", "Date", "ExpiredObjectDeleteMarker"}));
    TRY(rule.removes_lone_markers, parse_truth(element, "ExpiredObjectDeleteMarker"));
    TRY(const LifecycleTime when, parse_time(element));
    if (when != LifecycleTime{} || !rule.removes_lone_markers) {
        rule.expiration = when;
    }
    return {};
}

Result<void> take_transition(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(check_known(element,
                         {"Days",
                          "CreatedBeforeDate",
                          "Date",
                          "StorageClass",
                          "IsAccessTime",
                          "ReturnToStdWhenVisit",
                          "AllowSmallFile"}));
    TRY_VOID(refuse_access_time(element));
    LifecycleTransition transition;
    TRY(transition.when, parse_time(element));
    TRY(transition.to, parse_class(element));
    rule.transitions.push_back(transition);
    return {};
}

Result<NoncurrentAge> parse_age(const XmlElement& element) {
    const XmlElement* days = element.child("NoncurrentDays");
    if (days == nullptr) {
        return fail(ErrorCode::MalformedXml);
    }
    TRY(const std::uint64_t count, parse_count(*days));
    return NoncurrentAge{.days = static_cast<std::uint32_t>(count), .kept = 0};
}

Result<void> take_noncurrent_transition(const XmlElement& element, LifecycleRule& rule) {
    TRY_VOID(check_known(element,
                         {"NoncurrentDays",
                          "StorageClass",
                          "IsAccessTime",
                          "ReturnToStdWhenVisit",
                          "AllowSmallFile"}));
    TRY_VOID(refuse_access_time(element));
    NoncurrentTransition transition;
    TRY(transition.when, parse_age(element));
    TRY(transition.to, parse_class(element));
    rule.noncurrent_transitions.push_back(transition);
    return {};
}

Result<void> take_element(const XmlElement& element, LifecycleRule& rule) {
    const std::string& name = element.name;
    if (name == "ID") {
        rule.id = element.text;
    } else if (name == "Prefix") {
        TRY(rule.prefix, parse_prefix(element));
    } else if (name == "Status") {
        if (element.text != "Enabled" && element.text != "Disabled") {
            return fail(ErrorCode::MalformedXml);
        }
        rule.is_enabled = element.text == "Enabled";
    } else if (name == "Tag") {
        TRY(auto tag, parse_tag(element));
        rule.tags.push_back(std::move(tag));
    } else if (name == "Filter") {
        return take_filter(element, rule);
    } else if (name == "Expiration") {
        return take_expiration(element, rule);
    } else if (name == "Transition") {
        return take_transition(element, rule);
    } else if (name == "NoncurrentVersionExpiration") {
        TRY_VOID(check_known(element, {"NoncurrentDays"}));
        TRY(rule.noncurrent_expiration, parse_age(element));
    } else if (name == "NoncurrentVersionTransition") {
        return take_noncurrent_transition(element, rule);
    } else if (name == "AbortMultipartUpload") {
        TRY_VOID(check_known(element, {"Days", "CreatedBeforeDate", "Date"}));
        TRY(rule.abort_uploads, parse_time(element));
    } else if (name == "AtimeBase") {
        return refuse_not_built("lifecycle by access time (AtimeBase)");
    } else {
        return fail(ErrorCode::MalformedXml, fmt::format("{} is not known in Rule.", name));
    }
    return {};
}

void write_time(codec::XmlWriter& xml, const LifecycleTime& when) {
    if (when.days) {
        xml.element("Days", *when.days);
    }
    if (when.date_ms) {
        const codec::UtcTime date{std::chrono::milliseconds(*when.date_ms)};
        xml.element("CreatedBeforeDate", codec::format_iso8601(date));
    }
}

void write_tag(codec::XmlWriter& xml, const std::pair<std::string, std::string>& tag) {
    xml.open("Tag").element("Key", tag.first).element("Value", tag.second).close();
}

void write_filter(codec::XmlWriter& xml, const LifecycleRule& rule) {
    if (!rule.bytes_above && !rule.bytes_below && rule.exclusions.empty()) {
        return;
    }
    xml.open("Filter");
    if (rule.bytes_above) {
        xml.element("ObjectSizeGreaterThan", *rule.bytes_above);
    }
    if (rule.bytes_below) {
        xml.element("ObjectSizeLessThan", *rule.bytes_below);
    }
    for (const LifecycleExclusion& exclusion : rule.exclusions) {
        xml.open("Not").element("Prefix", exclusion.prefix);
        if (exclusion.tag) {
            write_tag(xml, *exclusion.tag);
        }
        xml.close();
    }
    xml.close();
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
        xml.element("StorageClass", oss_name(transition.to)).close();
    }
    if (rule.noncurrent_expiration) {
        xml.open("NoncurrentVersionExpiration")
            .element("NoncurrentDays", rule.noncurrent_expiration->days)
            .close();
    }
    for (const NoncurrentTransition& transition : rule.noncurrent_transitions) {
        xml.open("NoncurrentVersionTransition")
            .element("NoncurrentDays", transition.when.days)
            .element("StorageClass", oss_name(transition.to))
            .close();
    }
    if (rule.abort_uploads) {
        xml.open("AbortMultipartUpload");
        write_time(xml, *rule.abort_uploads);
        xml.close();
    }
}

}  // namespace

Result<LifecycleRules> parse_lifecycle(std::string_view body) {
    TRY(const XmlElement root, codec::parse_xml(body));
    if (root.name != "LifecycleConfiguration" || root.children.empty()) {
        return fail(ErrorCode::MalformedXml);
    }
    TRY_VOID(check_known(root, {"Rule"}));
    LifecycleRules rules;
    for (const XmlElement& element : root.children) {
        LifecycleRule rule;
        if (element.child("Status") == nullptr) {
            return fail(ErrorCode::MalformedXml);
        }
        for (const XmlElement& child : element.children) {
            TRY_VOID(take_element(child, rule));
        }
        if (rule.tags.size() > kObjectTagLimits.count) {
            return fail(ErrorCode::InvalidTag);
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::string_view said_only_in_s3(const LifecycleRule& rule) {
    const bool keeps_some =
        (rule.noncurrent_expiration && rule.noncurrent_expiration->kept > 0) ||
        std::ranges::any_of(rule.noncurrent_transitions,
                            [](const auto& transition) { return transition.when.kept > 0; });
    if (keeps_some) {
        return "NewerNoncurrentVersions";
    }
    const bool has_date = (rule.expiration && rule.expiration->date_ms) ||
                          std::ranges::any_of(rule.transitions, [](const auto& transition) {
                              return transition.when.date_ms.has_value();
                          });
    return has_date && rule.dialect != RuleDialect::Oss ? "Date" : "";
}

std::string lifecycle_document(const LifecycleRules& rules) {
    codec::XmlWriter xml;
    xml.open("LifecycleConfiguration");
    for (const LifecycleRule& rule : rules) {
        xml.open("Rule").element("ID", rule.id).element("Prefix", rule.prefix);
        xml.element("Status", rule.is_enabled ? "Enabled" : "Disabled");
        for (const auto& tag : rule.tags) {
            write_tag(xml, tag);
        }
        write_filter(xml, rule);
        write_actions(xml, rule);
        xml.close();
    }
    xml.close();
    return xml.take();
}

}  // namespace antipode::oss
