#pragma once

#include <string_view>

#include "http/message.h"
#include "object/object_service.h"

namespace antipode::protocol {

/// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since. `prefix` goes before each name
/// ("x-amz-copy-source-"). A date that cannot be read is ignored (RFC 9110 section 13.1.3); ETags
/// lose quotes and W/.
[[nodiscard]] object::Conditions parse_conditions(const http::Headers& headers,
                                                  std::string_view prefix = {});

/// An entity tag as clients write it in headers and XML: quoted or not, with W/ or not.
[[nodiscard]] std::string_view strip_etag(std::string_view text);

}  // namespace antipode::protocol
