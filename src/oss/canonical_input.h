#pragma once

#include <string>
#include <string_view>

#include "codec/uri.h"
#include "http/message.h"

namespace antipode::oss {

/// What every OSS signature is made over. Views into the request; used before the call returns.
struct CanonicalInput {
    std::string_view method;
    std::string_view bucket;  ///< Empty for service calls.
    std::string_view key;     ///< Decoded; empty for bucket calls.
    const codec::Query& query;
    const http::Headers& headers;
};

/// "/bucket/key", "/bucket/" or "/": the same for virtual-hosted and path style.
std::string resource_path(const CanonicalInput& input);

/// `text` without blanks at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace antipode::oss
