#pragma once

#include "base/bytes.h"
#include "crypto/digest.h"

namespace antipode::crypto {

/// RFC 2104. Written over DigestStream, because OpenSSL 3's own EVP_MAC costs several times the
/// hashing of the short texts that are signed here.
[[nodiscard]] Digest hmac(DigestKind kind, ByteView key, ByteView message);

inline Digest hmac_sha1(ByteView key, ByteView message) {
    return hmac(DigestKind::Sha1, key, message);
}

inline Digest hmac_sha256(ByteView key, ByteView message) {
    return hmac(DigestKind::Sha256, key, message);
}

}  // namespace antipode::crypto
