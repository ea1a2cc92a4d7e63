#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "http/message.h"
#include "runtime/byte_source.h"

/// For fuzzers of this room and of the dialects.
namespace antipode::protocol {

/// "PUT /bucket/key?acl", lines of "Name: value", an empty line, the body; with \n alone, so that a
/// fuzzer finds it easily. Nothing when it is no request that http/ would have let through.
inline std::optional<http::Request> text_request(std::string_view text) {
    http::Request request;
    const auto take_line = [&text] {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        return line;
    };
    const auto is_visible = [](char c) { return c > ' ' && c != '\x7f'; };
    const std::string_view first = take_line();
    const std::size_t space = first.find(' ');
    if (space == std::string_view::npos || !codec::is_field_name(first.substr(0, space)) ||
        !std::ranges::all_of(first.substr(space + 1), is_visible)) {
        return std::nullopt;
    }
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1);
    while (true) {
        const std::string_view line = take_line();
        if (line.empty()) {
            break;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = codec::trim(line.substr(colon + 1));
        if (!codec::is_field_name(name) || !codec::is_field_value(value)) {
            return std::nullopt;
        }
        request.headers.add(std::string(name), std::string(value));
    }
    request.headers.add("Host", "127.0.0.1:9000");
    request.content_length = text.size();
    request.body = std::make_unique<runtime::MemorySource>(to_bytes(text));
    return request;
}

}  // namespace antipode::protocol
