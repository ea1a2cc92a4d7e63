#include "codec/uri.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "codec/hex.h"

namespace antipode::codec {

namespace {

constexpr std::size_t kParametersMax = 1000;

constexpr bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::string encode(std::string_view text, bool keeps_slash) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() + 16);
    for (const char c : text) {
        if (is_unreserved(c) || (keeps_slash && c == '/')) {
            out.push_back(c);
            continue;
        }
        const auto value = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(kDigits[value >> 4U]);
        out.push_back(kDigits[value & 15U]);
    }
    return out;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) {
                return std::nullopt;
            }
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

}  // namespace

std::string percent_encode(std::string_view text) {
    return encode(text, false);
}

std::string percent_encode_path(std::string_view path) {
    return encode(path, true);
}

std::optional<std::string> percent_decode(std::string_view text) {
    return decode(text, false);
}

std::optional<std::string> form_decode(std::string_view text) {
    return decode(text, true);
}

const std::string* Query::find(std::string_view name) const {
    const auto found = std::ranges::find(parameters_, name, &QueryParameter::name);
    return found == parameters_.end() ? nullptr : &found->value;
}

std::string_view Query::get(std::string_view name) const {
    const std::string* value = find(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

Result<Query> parse_query(std::string_view raw) {
    std::vector<QueryParameter> parameters;
    while (!raw.empty()) {
        const std::string_view pair = raw.substr(0, raw.find('&'));
        raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
        if (pair.empty()) {
            continue;
        }
        if (parameters.size() == kParametersMax) {
            return fail(ErrorCode::InvalidArgument, "The query has too many parameters.");
        }
        const std::size_t equals = pair.find('=');
        QueryParameter parameter;
        parameter.has_equals = equals != std::string_view::npos;
        parameter.raw_name = pair.substr(0, equals);
        parameter.raw_value = parameter.has_equals ? pair.substr(equals + 1) : std::string_view();
        auto name = form_decode(parameter.raw_name);
        auto value = form_decode(parameter.raw_value);
        if (!name || !value) {
            return fail(ErrorCode::InvalidArgument, "The query has a broken percent escape.");
        }
        parameter.name = std::move(*name);
        parameter.value = std::move(*value);
        parameters.push_back(std::move(parameter));
    }
    return Query(std::move(parameters));
}

Result<Target> parse_target(std::string_view raw) {
    if (!raw.starts_with('/')) {
        const bool is_absolute = raw.starts_with("http://") || raw.starts_with("https://");
        if (!is_absolute) {
            return fail(ErrorCode::InvalidArgument, "The request target must start with '/'.");
        }
        raw.remove_prefix(raw.find("://") + 3);
        const std::size_t begin = raw.find_first_of("/?");
        raw = begin == std::string_view::npos ? std::string_view("/") : raw.substr(begin);
    }
    const std::size_t mark = raw.find('?');
    Target target;
    target.raw_path = raw.substr(0, mark);
    if (target.raw_path.empty()) {
        target.raw_path = "/";
    }
    target.raw_query = mark == std::string_view::npos ? std::string_view() : raw.substr(mark + 1);
    auto path = percent_decode(target.raw_path);
    if (!path) {
        return fail(ErrorCode::InvalidArgument, "The path has a broken percent escape.");
    }
    target.path = std::move(*path);
    TRY(target.query, parse_query(target.raw_query));
    return target;
}

}  // namespace antipode::codec
