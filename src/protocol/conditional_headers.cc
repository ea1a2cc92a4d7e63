#include "protocol/conditional_headers.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/ascii.h"
#include "codec/http_date.h"

namespace antipode::protocol {

namespace {

/// A comma inside quotes is not a separator; but no ETag of ours has one, so a split at every comma
/// is enough.
std::vector<std::string> parse_etags(std::string_view text) {
    std::vector<std::string> etags;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view etag = strip_etag(codec::trim(text.substr(0, comma)));
        if (!etag.empty()) {
            etags.emplace_back(etag);
        }
        text.remove_prefix(std::min(text.size(), comma + 1));
    }
    return etags;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
    const auto time = codec::parse_http_date(codec::trim(text));
    return time ? std::optional(time->time_since_epoch().count()) : std::nullopt;
}

}  // namespace

std::string_view strip_etag(std::string_view text) {
    if (text.starts_with("W/")) {
        text.remove_prefix(2);
    }
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
        text = text.substr(1, text.size() - 2);
    }
    return text;
}

object::Conditions parse_conditions(const http::Headers& headers, std::string_view prefix) {
    const auto header = [&](std::string_view name) {
        return headers.get(std::string(prefix).append(name));
    };
    object::Conditions conditions;
    conditions.if_match = parse_etags(header("if-match"));
    conditions.if_none_match = parse_etags(header("if-none-match"));
    conditions.if_modified_since_ms = parse_time(header("if-modified-since"));
    conditions.if_unmodified_since_ms = parse_time(header("if-unmodified-since"));
    return conditions;
}

}  // namespace antipode::protocol
