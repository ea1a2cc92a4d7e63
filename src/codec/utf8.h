#pragma once

#include <cstddef>
#include <string_view>

namespace antipode::codec {

/// The length in bytes (1 to 4) of the well-formed character at the start of `text`, or 0: no
/// overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629).
std::size_t utf8_character_size(std::string_view text);

bool is_valid_utf8(std::string_view text);

}  // namespace antipode::codec
