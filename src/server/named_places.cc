#include "server/named_places.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace antipode::server {

namespace {

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

bool is_region_id(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, fits) &&
           text.front() != '-' && text.back() != '-' && !text.starts_with("oss-") &&
           !text.starts_with("edge-");  // Certificates of edges are so named.
}

}  // namespace

Result<void> check_region(std::string_view text) {
    if (!is_region_id(text)) {
        return refuse(fmt::format(
            "'{}' is not a region id such as cn-hangzhou (a-z, 0-9 and '-', without \"oss-\")",
            text));
    }
    return {};
}

Result<void> check_address(std::string_view text, bool may_be_any_port) {
    const std::size_t colon = text.rfind(':');
    const std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    const std::string_view digits = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool host_fits =
        !host.empty() &&
        (host.front() == '[' ? host.size() > 2 && host.back() == ']'
                             : host.find_first_of(":[]/ ") == std::string_view::npos);
    if (!host_fits || digits.empty() || error != std::errc{} ||
        end != digits.data() + digits.size() || port > 65535 || (port == 0 && !may_be_any_port)) {
        return refuse(
            fmt::format("'{}' is not an address such as 127.0.0.1:9000 or [::1]:9000", text));
    }
    return {};
}

Result<void> check_host_name(std::string_view text) {
    if (text.empty() || text.find_first_of(" /:*") != std::string_view::npos ||
        text.front() == '.') {
        return refuse(fmt::format("'{}' is not a host name such as storage.example.com", text));
    }
    return {};
}

}  // namespace antipode::server
