#include "model/version_order.h"

#include <array>

#include "base/record.h"

namespace antipode {

namespace {

// Base32 without look-alikes keeps ids free of characters that clients would have to escape.
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

std::string encode(std::string_view bytes) {
    std::string out;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char byte : bytes) {
        buffer = (buffer << 8U) | static_cast<unsigned char>(byte);
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out.push_back(kAlphabet[(buffer >> bits) & 31U]);
        }
    }
    if (bits > 0) {
        out.push_back(kAlphabet[(buffer << (5 - bits)) & 31U]);
    }
    return out;
}

bool decode(std::string_view text, std::string& out) {
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char letter : text) {
        const std::size_t value = kAlphabet.find(letter);
        if (value == std::string_view::npos) {
            return false;
        }
        buffer = (buffer << 5U) | static_cast<std::uint32_t>(value);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<char>((buffer >> bits) & 0xFFU));
        }
    }
    return true;
}

}  // namespace

std::string to_version_id(const VersionOrder& order) {
    return encode(big_endian(order.hlc) + order.origin);
}

Result<VersionOrder> parse_version_id(std::string_view id) {
    std::string bytes;
    if (id.empty()) {
        return fail(ErrorCode::InvalidArgument, "Version id can not be the empty string.");
    }
    if (id.size() > 256 || !decode(id, bytes) || bytes.size() <= 8 || encode(bytes) != id) {
        return fail(ErrorCode::InvalidArgument, "Invalid version id specified.");
    }
    return VersionOrder{from_big_endian(bytes), bytes.substr(8)};
}

}  // namespace antipode
