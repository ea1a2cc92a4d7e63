#include "catalog/lifecycle_rows.h"

#include <algorithm>

#include "base/open_record.h"
#include "base/record.h"
#include "index/index_store.h"

namespace antipode::catalog {

namespace {

constexpr std::uint8_t kFormat = 1;

enum RuleFlag : std::uint8_t {
    kEnabled = 1,
    kBytesAbove = 2,
    kBytesBelow = 4,
    kExpiration = 8,
    kLoneMarkers = 16,
    kNoncurrentExpiration = 32,
    kAbortUploads = 64,
};

void write_tag(RecordWriter& out, const std::pair<std::string, std::string>& tag) {
    out.text(tag.first);
    out.text(tag.second);
}

std::pair<std::string, std::string> read_tag(RecordReader& in) {
    std::string name(in.text());
    return {std::move(name), std::string(in.text())};
}

/// A count from disk is believed only as far as bytes are there for it.
std::uint64_t read_count(RecordReader& in) {
    return std::min<std::uint64_t>(in.varint(), in.rest().size());
}

void write_time(RecordWriter& out, const LifecycleTime& when) {
    out.u8(static_cast<std::uint8_t>((when.days ? 1U : 0U) | (when.date_ms ? 2U : 0U)));
    if (when.days) {
        out.varint(*when.days);
    }
    if (when.date_ms) {
        out.u64(static_cast<std::uint64_t>(*when.date_ms));
    }
}

LifecycleTime read_time(RecordReader& in) {
    LifecycleTime when;
    const std::uint8_t flags = in.u8();
    if ((flags & 1U) != 0) {
        when.days = static_cast<std::uint32_t>(in.varint());
    }
    if ((flags & 2U) != 0) {
        when.date_ms = static_cast<std::int64_t>(in.u64());
    }
    return when;
}

void write_age(RecordWriter& out, const NoncurrentAge& age) {
    out.varint(age.days);
    out.varint(age.kept);
}

NoncurrentAge read_age(RecordReader& in) {
    NoncurrentAge age;
    age.days = static_cast<std::uint32_t>(in.varint());
    age.kept = static_cast<std::uint32_t>(in.varint());
    return age;
}

std::uint8_t flags_of(const LifecycleRule& rule) {
    std::uint32_t flags = rule.is_enabled ? kEnabled : 0U;
    flags |= rule.bytes_above ? kBytesAbove : 0U;
    flags |= rule.bytes_below ? kBytesBelow : 0U;
    flags |= rule.expiration ? kExpiration : 0U;
    flags |= rule.removes_lone_markers ? kLoneMarkers : 0U;
    flags |= rule.noncurrent_expiration ? kNoncurrentExpiration : 0U;
    flags |= rule.abort_uploads ? kAbortUploads : 0U;
    return static_cast<std::uint8_t>(flags);
}

void write_filter(RecordWriter& out, const LifecycleRule& rule) {
    out.text(rule.prefix);
    out.varint(rule.tags.size());
    for (const auto& tag : rule.tags) {
        write_tag(out, tag);
    }
    if (rule.bytes_above) {
        out.varint(*rule.bytes_above);
    }
    if (rule.bytes_below) {
        out.varint(*rule.bytes_below);
    }
    out.varint(rule.exclusions.size());
    for (const LifecycleExclusion& exclusion : rule.exclusions) {
        out.text(exclusion.prefix);
        out.u8(exclusion.tag ? 1 : 0);
        if (exclusion.tag) {
            write_tag(out, *exclusion.tag);
        }
    }
}

void read_filter(RecordReader& in, std::uint8_t flags, LifecycleRule& rule) {
    rule.prefix = in.text();
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        rule.tags.push_back(read_tag(in));
    }
    if ((flags & kBytesAbove) != 0) {
        rule.bytes_above = in.varint();
    }
    if ((flags & kBytesBelow) != 0) {
        rule.bytes_below = in.varint();
    }
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        LifecycleExclusion exclusion;
        exclusion.prefix = in.text();
        if (in.u8() != 0) {
            exclusion.tag = read_tag(in);
        }
        rule.exclusions.push_back(std::move(exclusion));
    }
}

void write_rule(RecordWriter& out, const LifecycleRule& rule) {
    out.text(rule.id);
    out.u8(static_cast<std::uint8_t>(rule.dialect));
    out.u8(flags_of(rule));
    write_filter(out, rule);
    if (rule.expiration) {
        write_time(out, *rule.expiration);
    }
    out.varint(rule.transitions.size());
    for (const LifecycleTransition& transition : rule.transitions) {
        write_time(out, transition.when);
        out.u8(static_cast<std::uint8_t>(transition.to));
    }
    if (rule.noncurrent_expiration) {
        write_age(out, *rule.noncurrent_expiration);
    }
    out.varint(rule.noncurrent_transitions.size());
    for (const NoncurrentTransition& transition : rule.noncurrent_transitions) {
        write_age(out, transition.when);
        out.u8(static_cast<std::uint8_t>(transition.to));
    }
    if (rule.abort_uploads) {
        write_time(out, *rule.abort_uploads);
    }
}

LifecycleRule read_rule(RecordReader& in) {
    LifecycleRule rule;
    rule.id = in.text();
    rule.dialect = static_cast<RuleDialect>(in.u8());
    const std::uint8_t flags = in.u8();
    rule.is_enabled = (flags & kEnabled) != 0;
    rule.removes_lone_markers = (flags & kLoneMarkers) != 0;
    read_filter(in, flags, rule);
    if ((flags & kExpiration) != 0) {
        rule.expiration = read_time(in);
    }
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        const LifecycleTime when = read_time(in);
        rule.transitions.push_back({.when = when, .to = static_cast<StorageClass>(in.u8())});
    }
    if ((flags & kNoncurrentExpiration) != 0) {
        rule.noncurrent_expiration = read_age(in);
    }
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        const NoncurrentAge when = read_age(in);
        rule.noncurrent_transitions.push_back(
            {.when = when, .to = static_cast<StorageClass>(in.u8())});
    }
    if ((flags & kAbortUploads) != 0) {
        rule.abort_uploads = read_time(in);
    }
    return rule;
}

}  // namespace

std::string encode(const LifecycleRules& rules) {
    RecordWriter out;
    out.u8(kFormat);
    out.varint(rules.size());
    for (const LifecycleRule& rule : rules) {
        write_rule(out, rule);
    }
    return out.take();
}

Result<LifecycleRules> decode_lifecycle(std::string_view record) {
    TRY(RecordReader in, open_record(record, kFormat, "the lifecycle rules of a bucket"));
    LifecycleRules rules;
    for (std::uint64_t left = read_count(in); left > 0 && in.ok(); --left) {
        rules.push_back(read_rule(in));
    }
    TRY_VOID(in.finish("the lifecycle rules of a bucket"));
    return rules;
}

std::vector<std::string> cut_lifecycle(std::string_view record) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < record.size(); at += index::kValueBytesMax) {
        pieces.emplace_back(record.substr(at, index::kValueBytesMax));
    }
    return pieces;
}

}  // namespace antipode::catalog
