#include "crypto/hmac.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace antipode::crypto {

namespace {

constexpr std::size_t kBlockBytes = 64;  // MD5, SHA-1 and SHA-256 alike.
using Block = std::array<std::byte, kBlockBytes>;

Block xored(const Block& block, std::byte pad) {
    Block out{};
    std::ranges::transform(block, out.begin(), [pad](std::byte byte) { return byte ^ pad; });
    return out;
}

}  // namespace

Digest hmac(DigestKind kind, ByteView key, ByteView message) {
    Block block{};
    if (key.size() > kBlockBytes) {
        const Digest short_key = digest(kind, key);
        std::ranges::copy(short_key.bytes(), block.begin());
    } else {
        std::ranges::copy(key, block.begin());
    }
    DigestStream inner(kind);
    inner.update(xored(block, std::byte{0x36}));
    inner.update(message);
    const Digest inner_digest = inner.finish();
    DigestStream outer(kind);
    outer.update(xored(block, std::byte{0x5c}));
    outer.update(inner_digest.bytes());
    return outer.finish();
}

}  // namespace antipode::crypto
