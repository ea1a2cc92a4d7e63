#include "crypto/aes_gcm.h"

#include <gtest/gtest.h>

#include "codec/hex.h"

namespace antipode::crypto {
namespace {

GcmNonce nonce_of(std::string_view hex) {
    const Bytes raw = codec::hex_decode(hex).value();
    GcmNonce nonce{};
    std::ranges::copy(raw, nonce.begin());
    return nonce;
}

struct Sealed {
    AesGcm cipher{AesKey(
        *codec::hex_decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))};
    GcmNonce nonce = nonce_of("cafebabefacedbaddecaf888");
    Bytes bound = *codec::hex_decode("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    Bytes plain = *codec::hex_decode(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
        "a6b5"
        "25b16aedf5aa0de657ba637b39");
    Bytes out = Bytes(plain.size() + kGcmTagBytes);

    Sealed() { cipher.seal(nonce, bound, plain, out); }

    bool opens(const GcmNonce& with, ByteView bytes, ByteView sealed) {
        Bytes back(sealed.size() - kGcmTagBytes);
        return cipher.open(with, bytes, sealed, back) && to_string(back) == to_string(plain);
    }
};

TEST(AesGcm, seals_as_the_specification_says) {
    const Sealed sealed;  // Test case 16 of McGrew and Viega.
    EXPECT_EQ(codec::hex_lower(sealed.out),
              "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b0"
              "8b10568288"
              "38c5f61e6393ba7a0abcc9f662"
              "76fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(AesGcm, opens_only_what_was_sealed) {
    Sealed sealed;
    EXPECT_TRUE(sealed.opens(sealed.nonce, sealed.bound, sealed.out));

    for (const std::size_t place : {std::size_t{0}, sealed.out.size() - 1}) {
        Bytes flipped = sealed.out;
        flipped[place] ^= std::byte{1};
        EXPECT_FALSE(sealed.opens(sealed.nonce, sealed.bound, flipped)) << place;
    }
    EXPECT_FALSE(sealed.opens(nonce_of("cafebabefacedbaddecaf889"), sealed.bound, sealed.out));
    EXPECT_FALSE(sealed.opens(sealed.nonce, {}, sealed.out));
    Bytes nothing;
    EXPECT_FALSE(sealed.cipher.open(sealed.nonce, {}, ByteView(sealed.out).first(15), nothing));
}

TEST(AesGcm, seals_nothing_to_a_tag_that_guards_it) {
    AesGcm cipher{AesKey()};
    Bytes tag(kGcmTagBytes);
    cipher.seal({}, {}, {}, tag);
    EXPECT_TRUE(cipher.open({}, {}, tag, {}));
    EXPECT_FALSE(cipher.open({}, as_bytes("x"), tag, {}));
}

}  // namespace
}  // namespace antipode::crypto
