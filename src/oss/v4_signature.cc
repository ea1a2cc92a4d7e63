#include "oss/v4_signature.h"

#include <algorithm>
#include <map>
#include <utility>

#include "codec/ascii.h"

namespace antipode::oss {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(at + 1);
    }
}

bool is_signed_by_default(std::string_view lower_name) {
    return lower_name == "content-type" || lower_name == "content-md5" ||
           lower_name.starts_with("x-oss-");
}

std::vector<std::string> sorted_additional(const std::vector<std::string>& names) {
    std::vector<std::string> sorted;
    for (const std::string& name : names) {
        if (!is_signed_by_default(name)) {
            sorted.push_back(name);
        }
    }
    std::ranges::sort(sorted);
    const auto repeated = std::ranges::unique(sorted);
    sorted.erase(repeated.begin(), repeated.end());
    return sorted;
}

std::string canonical_headers(const http::Headers& headers,
                              const std::vector<std::string>& additional) {
    std::map<std::string, std::string> named;
    for (const auto& [name, value] : headers.all()) {
        std::string low = codec::to_lower(name);
        if (is_signed_by_default(low) || std::ranges::binary_search(additional, low)) {
            named.try_emplace(std::move(low), trimmed(value));
        }
    }
    std::string out;
    for (const auto& [name, value] : named) {
        out.append(name).append(":").append(value).append("\n");
    }
    return out;
}

}  // namespace

std::vector<std::string> split_header_names(std::string_view text) {
    std::vector<std::string> names;
    for (const std::string_view part : split(text, ';')) {
        if (const std::string_view name = trimmed(part); !name.empty()) {
            names.push_back(codec::to_lower(name));
        }
    }
    return names;
}

Result<V4Authorization> parse_v4_authorization(std::string_view fields) {
    V4Authorization authorization;
    bool has_credential = false;
    for (const std::string_view part : split(fields, ',')) {
        const std::string_view field = trimmed(part);
        const std::size_t equals = field.find('=');
        const std::string_view name = field.substr(0, equals);
        const std::string_view value =
            equals == std::string_view::npos ? "" : field.substr(equals + 1);
        if (name == "Credential") {
            TRY(authorization.credential, protocol::parse_v4_credential(value));
            has_credential = true;
        } else if (name == "AdditionalHeaders") {
            authorization.additional_headers = split_header_names(value);
        } else if (name == "Signature") {
            authorization.signature = value;
        }
    }
    if (!has_credential || authorization.signature.empty()) {
        return fail(ErrorCode::InvalidArgument, "Authorization header is invalid.");
    }
    return authorization;
}

std::string v4_canonical_query(const codec::Query& query) {
    return protocol::canonical_query(query, "x-oss-signature", protocol::EmptyValue::BareName);
}

std::string v4_canonical_request(const V4Signing& signing) {
    const std::vector<std::string> additional = sorted_additional(signing.additional_headers);
    std::string text(signing.input.method);
    text.append("\n").append(codec::percent_encode_path(resource_path(signing.input)));
    text.append("\n").append(v4_canonical_query(signing.input.query));
    text.append("\n").append(canonical_headers(signing.input.headers, additional)).append("\n");
    for (std::size_t i = 0; i < additional.size(); ++i) {
        text.append(i == 0 ? "" : ";").append(additional[i]);
    }
    text.append("\n").append(signing.payload_hash);
    return text;
}

}  // namespace antipode::oss
