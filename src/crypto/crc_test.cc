#include "crypto/crc.h"

#include <string>

#include <gtest/gtest.h>

#include "base/crc32c.h"

namespace antipode::crypto {
namespace {

const ByteView kCheck = as_bytes("123456789");

TEST(Crc, gives_the_check_values_of_the_catalogue) {
    EXPECT_EQ(crc64(kCheck), 0x995DC9BBDF1939FAU);
    EXPECT_EQ(crc64nvme(kCheck), 0xAE8B14860A799888U);
    EXPECT_EQ(crc32(kCheck), 0xCBF43926U);
}

TEST(Crc, of_nothing_is_zero) {
    EXPECT_EQ(crc64({}), 0U);
    EXPECT_EQ(crc64nvme({}), 0U);
    EXPECT_EQ(crc32({}), 0U);
}

TEST(Crc, continues_from_a_seed_at_every_cut) {
    const std::string text = "The quick brown fox jumps over the lazy dog, twice and again.";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const ByteView a = as_bytes(text).first(cut);
        const ByteView b = as_bytes(text).subspan(cut);
        EXPECT_EQ(crc64(b, crc64(a)), crc64(as_bytes(text)));
        EXPECT_EQ(crc64nvme(b, crc64nvme(a)), crc64nvme(as_bytes(text)));
        EXPECT_EQ(crc32(b, crc32(a)), crc32(as_bytes(text)));
    }
}

TEST(Crc, combines_two_parts_into_the_whole) {
    std::string text(100'003, 'x');
    for (std::size_t i = 0; i < text.size(); ++i) {
        text[i] = static_cast<char>(i * 31 % 251);
    }
    for (const std::size_t cut :
         {std::size_t{0}, std::size_t{1}, std::size_t{65536}, text.size()}) {
        const ByteView a = as_bytes(text).first(cut);
        const ByteView b = as_bytes(text).subspan(cut);
        const ByteView all = as_bytes(text);
        EXPECT_EQ(crc64_combine(crc64(a), crc64(b), b.size()), crc64(all));
        EXPECT_EQ(crc64nvme_combine(crc64nvme(a), crc64nvme(b), b.size()), crc64nvme(all));
        EXPECT_EQ(crc32_combine(crc32(a), crc32(b), b.size()), crc32(all));
        EXPECT_EQ(crc32c_combine(crc32c(a), crc32c(b), b.size()), crc32c(all));
    }
}

}  // namespace
}  // namespace antipode::crypto
