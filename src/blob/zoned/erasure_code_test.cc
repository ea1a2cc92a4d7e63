#include "blob/zoned/erasure_code.h"

#include <vector>

#include <gtest/gtest.h>

namespace antipode::blob {
namespace {

constexpr std::size_t kSize = 4160;

struct Shards {
    std::array<Bytes, kShards> bytes;

    std::array<const std::byte*, kShards> without(std::size_t first, std::size_t second) const {
        std::array<const std::byte*, kShards> present{};
        for (std::size_t i = 0; i < kShards; ++i) {
            present[i] = i == first || i == second ? nullptr : bytes[i].data();
        }
        return present;
    }
};

Shards make_shards() {
    Shards shards;
    std::uint32_t state = 1;
    for (Bytes& one : shards.bytes) {
        one.resize(kSize);
        for (std::byte& byte : one) {
            state = (state * 1664525U) + 1013904223U;
            byte = static_cast<std::byte>(state >> 24U);
        }
    }
    encode_parity({shards.bytes[0].data(),
                   shards.bytes[1].data(),
                   shards.bytes[2].data(),
                   shards.bytes[3].data()},
                  {shards.bytes[4].data(), shards.bytes[5].data()},
                  kSize);
    return shards;
}

TEST(ErasureCode, gives_back_any_two_lost_shards) {
    const Shards shards = make_shards();
    for (std::size_t first = 0; first < kShards; ++first) {
        for (std::size_t second = first + 1; second < kShards; ++second) {
            std::array<Bytes, 2> rebuilt{Bytes(kSize), Bytes(kSize)};
            std::array<std::byte*, kShards> wanted{};
            wanted[first] = rebuilt[0].data();
            wanted[second] = rebuilt[1].data();

            ASSERT_TRUE(reconstruct(shards.without(first, second), wanted, kSize));

            EXPECT_EQ(rebuilt[0], shards.bytes[first]) << first << " of " << first << "," << second;
            EXPECT_EQ(rebuilt[1], shards.bytes[second])
                << second << " of " << first << "," << second;
        }
    }
}

TEST(ErasureCode, refuses_with_three_lost) {
    const Shards shards = make_shards();
    auto present = shards.without(0, 1);
    present[5] = nullptr;
    Bytes rebuilt(kSize);
    std::array<std::byte*, kShards> wanted{};
    wanted[0] = rebuilt.data();

    EXPECT_FALSE(reconstruct(present, wanted, kSize));
}

// The matrix is part of the disk format: parity of known bytes must never change.
TEST(ErasureCode, keeps_the_parity_of_known_bytes) {
    std::array<Bytes, kShards> bytes;
    for (std::size_t i = 0; i < kShards; ++i) {
        bytes[i].assign(64, static_cast<std::byte>(i + 1));
    }
    encode_parity({bytes[0].data(), bytes[1].data(), bytes[2].data(), bytes[3].data()},
                  {bytes[4].data(), bytes[5].data()},
                  64);

    // Computed apart: GF(2^8) with 0x11d, coefficient of parity i and data j is the inverse of i
    // xor j.
    EXPECT_EQ(std::to_integer<int>(bytes[4][0]), 72);
    EXPECT_EQ(std::to_integer<int>(bytes[5][0]), 15);
}

}  // namespace
}  // namespace antipode::blob
