#include "crypto/crc.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <isa-l/crc.h>
#include <isa-l/crc64.h>

namespace antipode::crypto {

namespace {

constexpr std::uint64_t kEcma = 0xC96C5795D7870F42;  // Reflected polynomials.
constexpr std::uint64_t kNvme = 0x9A6C9329AC4BC9B5;
constexpr std::uint32_t kZlib = 0xEDB88320;
constexpr std::uint32_t kCastagnoli = 0x82F63B78;

/// a * b modulo the polynomial; reflected, so the top bit is x^0.
template <typename Word>
constexpr Word multiply(Word a, Word b, Word polynomial) {
    constexpr Word kTop = Word{1} << (sizeof(Word) * 8 - 1);
    Word product = 0;
    for (Word bit = kTop; bit != 0 && a != 0; bit >>= 1U) {
        if ((a & bit) != 0) {
            product ^= b;
            a ^= bit;
        }
        b = (b & 1U) != 0 ? (b >> 1U) ^ polynomial : b >> 1U;
    }
    return product;
}

/// x^(2^n) for n = 0..63 at compile time: x^(8 * size) is then a product of the powers that the
/// bits of 8 * size name.
template <typename Word>
constexpr std::array<Word, 64> make_powers(Word polynomial) {
    std::array<Word, 64> powers{};
    powers[0] = Word{1} << (sizeof(Word) * 8 - 2);
    for (std::size_t n = 1; n < powers.size(); ++n) {
        powers[n] = multiply(powers[n - 1], powers[n - 1], polynomial);
    }
    return powers;
}

template <typename Word, Word kPolynomial>
Word combine(Word a, Word b, std::uint64_t b_bytes) {
    static constexpr std::array<Word, 64> kPowers = make_powers(kPolynomial);
    Word shift = Word{1} << (sizeof(Word) * 8 - 1);
    for (std::size_t n = 3; b_bytes != 0 && n < kPowers.size(); ++n, b_bytes >>= 1U) {
        if ((b_bytes & 1U) != 0) {
            shift = multiply(shift, kPowers[n], kPolynomial);
        }
    }
    return multiply(shift, a, kPolynomial) ^ b;
}

using SliceTables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr SliceTables make_slices(std::uint64_t polynomial) {
    SliceTables tables{};
    for (std::size_t i = 0; i < 256; ++i) {
        std::uint64_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0 ? (value >> 1U) ^ polynomial : value >> 1U;
        }
        tables[0][i] = value;
    }
    for (std::size_t slice = 1; slice < tables.size(); ++slice) {
        for (std::size_t i = 0; i < 256; ++i) {
            const std::uint64_t before = tables[slice - 1][i];
            tables[slice][i] = (before >> 8U) ^ tables[0][before & 0xFFU];
        }
    }
    return tables;
}

constexpr SliceTables kNvmeTables = make_slices(kNvme);
static_assert(std::endian::native == std::endian::little,
              "The sliced CRC loads words as they lie.");

unsigned char* isal_pointer(ByteView bytes) {
    // ISA-L's older functions take a non-const pointer that they do not write to.
    return const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
}

}  // namespace

std::uint64_t crc64(ByteView bytes, std::uint64_t seed) {
    return bytes.empty() ? seed : ::crc64_ecma_refl(seed, isal_pointer(bytes), bytes.size());
}

std::uint64_t crc64_combine(std::uint64_t a, std::uint64_t b, std::uint64_t b_bytes) {
    return combine<std::uint64_t, kEcma>(a, b, b_bytes);
}

std::uint64_t crc64nvme(ByteView bytes, std::uint64_t seed) {
    std::uint64_t crc = ~seed;
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        word ^= crc;
        crc = 0;
        for (std::size_t i = 0; i < 8; ++i) {
            crc ^= kNvmeTables[7 - i][word >> (8 * i) & 0xFFU];
        }
        bytes = bytes.subspan(8);
    }
    for (const std::byte byte : bytes) {
        crc = (crc >> 8U) ^ kNvmeTables[0][(crc ^ std::to_integer<std::uint64_t>(byte)) & 0xFFU];
    }
    return ~crc;
}

std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t b_bytes) {
    return combine<std::uint64_t, kNvme>(a, b, b_bytes);
}

std::uint32_t crc32(ByteView bytes, std::uint32_t seed) {
    return bytes.empty() ? seed : ::crc32_gzip_refl(seed, isal_pointer(bytes), bytes.size());
}

std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes) {
    return combine<std::uint32_t, kZlib>(a, b, b_bytes);
}

std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes) {
    return combine<std::uint32_t, kCastagnoli>(a, b, b_bytes);
}

}  // namespace antipode::crypto
