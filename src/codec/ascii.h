#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// Case and white space of protocol text: ASCII only, whatever the locale.
namespace antipode::codec {

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string to_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = to_lower(c);
    }
    return out;
}

constexpr bool equal_without_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

constexpr bool starts_with_without_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() &&
           equal_without_case(text.substr(0, prefix.size()), prefix);
}

/// Without spaces and tabs at both ends.
constexpr std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Whether `name` may stand as the name of a header field (a token of RFC 9110 section 5.6.2).
constexpr bool is_field_name(std::string_view name) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kMarks.contains(c);
    });
}

/// No control character, unless it is the tab (RFC 9110 section 5.5).
constexpr bool is_field_character(char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\t';
}

/// Whether `value` may stand as a field's value.
constexpr bool is_field_value(std::string_view value) {
    return std::ranges::all_of(value, is_field_character);
}

}  // namespace antipode::codec
