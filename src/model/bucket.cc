#include "model/bucket.h"

#include <algorithm>

namespace antipode {

namespace {

bool is_lower_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::size_t utf8_sequence_size(std::string_view text) {
    const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    std::size_t size = 0;
    std::uint32_t point = 0;
    if (lead < 0x80U) {
        return 1;
    }
    if ((lead & 0xE0U) == 0xC0U) {
        size = 2;
        point = lead & 0x1FU;
    } else if ((lead & 0xF0U) == 0xE0U) {
        size = 3;
        point = lead & 0x0FU;
    } else if ((lead & 0xF8U) == 0xF0U) {
        size = 4;
        point = lead & 0x07U;
    } else {
        return 0;
    }
    if (text.size() < size) {
        return 0;
    }
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return 0;
        }
        point = (point << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::uint32_t kFirstOfSize[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < kFirstOfSize[size] || point > 0x10FFFF || is_surrogate ? 0 : size;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = utf8_sequence_size(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace

bool Bucket::has_live_rule() const {
    return !rules.empty() ||
           std::ranges::any_of(incoming, [](const IncomingRule& rule) { return !rule.is_closed; });
}

bool Bucket::retains(const ObjectVersion& version, std::int64_t now_ms) const {
    return retention && !version.is_delete_marker &&
           retention->keeps(version.last_modified_ms, now_ms);
}

std::size_t Bucket::replication_quota() const {
    return replication_rules_max == 0 ? kReplicationRulesMax : replication_rules_max;
}

Result<void> check_bucket_name(std::string_view name, bool allow_dots) {
    const bool good_size = name.size() >= 3 && name.size() <= 63;
    const bool good_ends = good_size && is_lower_alnum(name.front()) && is_lower_alnum(name.back());
    const bool good_letters = std::ranges::all_of(name, [allow_dots](char c) {
        return is_lower_alnum(c) || c == '-' || (allow_dots && c == '.');
    });
    if (!good_ends || !good_letters || name.find("..") != std::string_view::npos) {
        return fail(ErrorCode::InvalidBucketName, "The specified bucket is not valid.");
    }
    return {};
}

Result<void> check_object_key(std::string_view key, bool oss_rules) {
    const bool bad_start = oss_rules && !key.empty() && (key.front() == '/' || key.front() == '\\');
    if (key.empty() || key.size() > 1024 || bad_start || key.find('\0') != std::string_view::npos ||
        !is_utf8(key)) {
        return fail(ErrorCode::InvalidObjectName, "The specified object is not valid.");
    }
    return {};
}

}  // namespace antipode
