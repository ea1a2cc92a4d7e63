#include "crypto/ed25519.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "codec/hex.h"

namespace antipode::crypto {
namespace {

// RFC 8032, section 7.1, test 2.
constexpr std::string_view kSeed =
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
constexpr std::string_view kPublic =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr std::string_view kSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

Ed25519Seed seed() {
    const auto bytes = codec::hex_decode(kSeed);
    Ed25519Seed out{};
    std::ranges::copy(bytes.value(), out.begin());
    return out;
}

TEST(Ed25519, gives_the_key_and_signature_of_the_standard) {
    EXPECT_EQ(codec::hex_lower(ed25519_public_key(seed())), kPublic);
    EXPECT_EQ(codec::hex_lower(ed25519_sign(seed(), as_bytes("r"))), kSignature);
    EXPECT_TRUE(ed25519_verify(
        ed25519_public_key(seed()), as_bytes("r"), ed25519_sign(seed(), as_bytes("r"))));
}

TEST(Ed25519, refuses_another_message_another_key_and_what_is_no_signature) {
    const Ed25519PublicKey key = ed25519_public_key(seed());
    Ed25519Signature signature = ed25519_sign(seed(), as_bytes("r"));

    EXPECT_FALSE(ed25519_verify(key, as_bytes("s"), signature));
    EXPECT_FALSE(ed25519_verify(ed25519_public_key({}), as_bytes("r"), signature));
    EXPECT_FALSE(ed25519_verify(key, as_bytes("r"), as_bytes("short")));
    EXPECT_FALSE(ed25519_verify(as_bytes("short"), as_bytes("r"), signature));
    signature[0] ^= std::byte{1};
    EXPECT_FALSE(ed25519_verify(key, as_bytes("r"), signature));
}

}  // namespace
}  // namespace antipode::crypto
