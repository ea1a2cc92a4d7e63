#pragma once

#include <array>
#include <cstddef>

#include "base/bytes.h"

namespace antipode::crypto {

inline constexpr std::size_t kEd25519KeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

/// RFC 8032. The private key is the seed: 32 random bytes, whatever they are.
using Ed25519Seed = std::array<std::byte, kEd25519KeyBytes>;
using Ed25519PublicKey = std::array<std::byte, kEd25519KeyBytes>;
using Ed25519Signature = std::array<std::byte, kEd25519SignatureBytes>;

[[nodiscard]] Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed);
[[nodiscard]] Ed25519Signature ed25519_sign(const Ed25519Seed& seed, ByteView message);
/// False for a wrong signature, and for bytes that are no key or no signature.
[[nodiscard]] bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature);

}  // namespace antipode::crypto
