#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace antipode::protocol {

/// A Content-MD5 header value as 16 raw bytes; InvalidDigest when it is not base64 of 16 bytes.
[[nodiscard]] Result<std::string> parse_content_md5(std::string_view value);

/// Whether `text` has the MD5 that the header value says; an empty value says nothing.
/// InvalidDigest otherwise.
[[nodiscard]] Result<void> check_content_md5(std::string_view value, std::string_view text);

}  // namespace antipode::protocol
