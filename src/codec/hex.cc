#include "codec/hex.h"

#include <cstddef>

namespace antipode::codec {

namespace {

std::string encode(ByteView bytes, std::string_view digits) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        out.push_back(digits[value >> 4U]);
        out.push_back(digits[value & 15U]);
    }
    return out;
}

}  // namespace

std::string hex_lower(ByteView bytes) {
    return encode(bytes, "0123456789abcdef");
}

std::string hex_upper(ByteView bytes) {
    return encode(bytes, "0123456789ABCDEF");
}

std::optional<Bytes> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return out;
}

}  // namespace antipode::codec
