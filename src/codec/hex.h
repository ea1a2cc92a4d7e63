#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace antipode::codec {

std::string hex_lower(ByteView bytes);
std::string hex_upper(ByteView bytes);

/// Either case; null when the length is odd or a character is no hex digit.
std::optional<Bytes> hex_decode(std::string_view text);

/// 0 to 15, or -1.
constexpr int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

}  // namespace antipode::codec
