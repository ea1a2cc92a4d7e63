#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "crypto/constant_time.h"
#include "crypto/hmac.h"
#include "crypto/random_bytes.h"

namespace antipode::crypto {
namespace {

/// Spelled out here, so that the room needs no neighbour.
std::string hex(const Digest& digest) {
    std::string out;
    for (const std::byte byte : digest.bytes()) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        out += kDigits[std::to_integer<unsigned>(byte) >> 4U];
        out += kDigits[std::to_integer<unsigned>(byte) & 15U];
    }
    return out;
}

TEST(Digest, agrees_with_the_published_vectors) {
    EXPECT_EQ(hex(md5(as_bytes(""))), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(hex(md5(as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(hex(sha256(as_bytes("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, of_pieces_is_the_digest_of_the_whole) {
    DigestStream stream(DigestKind::Sha256);
    stream.update(as_bytes("a"));
    stream.update(as_bytes(""));
    stream.update(as_bytes("bc"));

    EXPECT_EQ(stream.finish(), sha256(as_bytes("abc")));
}

TEST(Hmac, agrees_with_rfc_2202_and_rfc_4231) {
    const std::string key(20, '\x0b');
    EXPECT_EQ(hex(hmac_sha1(as_bytes(key), as_bytes("Hi There"))),
              "b617318655057264e28bc0b6fb378c8ef146be00");
    EXPECT_EQ(hex(hmac_sha256(as_bytes(key), as_bytes("Hi There"))),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(Hmac, hashes_a_key_that_is_longer_than_a_block) {
    const std::string key(131, '\xaa');
    EXPECT_EQ(hex(hmac_sha256(as_bytes(key),
                              as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(ConstantTime, tells_equal_from_different) {
    EXPECT_TRUE(constant_time_equal("abc", "abc"));
    EXPECT_FALSE(constant_time_equal("abc", "abd"));
    EXPECT_FALSE(constant_time_equal("abc", "abcd"));
    EXPECT_TRUE(constant_time_equal("", ""));
}

TEST(RandomBytes, differ_from_call_to_call) {
    EXPECT_EQ(random_bytes(32).size(), 32U);
    EXPECT_NE(random_bytes(32), random_bytes(32));
}

}  // namespace
}  // namespace antipode::crypto
