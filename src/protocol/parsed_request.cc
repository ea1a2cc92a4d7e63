#include "protocol/parsed_request.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace antipode::protocol {

Result<ParsedRequest> parse_request(const http::Request& request,
                                    const VirtualHosts& hosts,
                                    Dialect fallback) {
    ParsedRequest parsed;
    TRY(parsed.target, codec::parse_target(request.target));
    parsed.dialect = detect_dialect(request.headers, parsed.target.query, fallback);
    parsed.is_at_accelerate_endpoint = hosts.is_accelerate_endpoint(request.headers.get("host"));
    const std::string_view path = std::string_view(parsed.target.path).substr(1);
    if (std::optional<std::string> bucket = hosts.bucket_of(request.headers.get("host"))) {
        parsed.bucket = std::move(*bucket);
        parsed.key = path;
        parsed.is_virtual_hosted = true;
        return parsed;
    }
    const std::size_t slash = path.find('/');
    parsed.bucket = path.substr(0, slash);
    parsed.key = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    return parsed;
}

Dialect dialect_of(const http::Request& request, Dialect fallback) {
    const auto target = codec::parse_target(request.target);
    return detect_dialect(request.headers, target ? target->query : codec::Query(), fallback);
}

}  // namespace antipode::protocol
