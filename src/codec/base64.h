#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace antipode::codec {

/// RFC 4648 section 4, with padding, without line breaks.
std::string base64_encode(ByteView bytes);

/// Strict: the standard alphabet, padding required, no white space, unused bits zero. Null
/// otherwise.
std::optional<Bytes> base64_decode(std::string_view text);

}  // namespace antipode::codec
