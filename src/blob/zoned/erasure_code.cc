#include "blob/zoned/erasure_code.h"

#include <algorithm>
#include <cstdint>
#include <isa-l/erasure_code.h>

#include "base/check.h"

namespace antipode::blob {

namespace {

constexpr int kData = kDataShards;
constexpr std::size_t kTableBytes = 32;  // ISA-L's expansion of one coefficient.

using Matrix = std::array<std::uint8_t, kShards * kDataShards>;
using Row = std::array<std::uint8_t, kDataShards>;

const Matrix& code_matrix() {
    static const Matrix matrix = [] {
        Matrix made{};
        gf_gen_cauchy1_matrix(made.data(), kShards, kData);
        return made;
    }();
    return matrix;
}

// ISA-L takes what it only reads by pointers to non-const.
std::uint8_t* readable(const std::byte* bytes) {
    return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(bytes));
}

/// The coefficients that make shard `shard` out of the shards whose inverse is `inverse`.
Row recipe(std::size_t shard, const std::uint8_t* inverse) {
    Row row{};
    const std::uint8_t* code = code_matrix().data() + (shard * kDataShards);
    for (std::size_t column = 0; column < kDataShards; ++column) {
        std::uint8_t sum = 0;
        for (std::size_t k = 0; k < kDataShards; ++k) {
            sum ^= gf_mul(code[k], inverse[(k * kDataShards) + column]);
        }
        row[column] = sum;
    }
    return row;
}

}  // namespace

void encode_parity(const std::array<const std::byte*, kDataShards>& data,
                   const std::array<std::byte*, kParityShards>& parity,
                   std::size_t size) {
    static const auto tables = [] {
        std::array<std::uint8_t, kTableBytes * kDataShards * kParityShards> made{};
        Matrix matrix = code_matrix();
        ec_init_tables(
            kData, kParityShards, matrix.data() + (kDataShards * kDataShards), made.data());
        return made;
    }();
    std::array<std::uint8_t*, kDataShards> sources{};
    std::ranges::transform(data, sources.begin(), readable);
    std::array<std::uint8_t*, kParityShards> targets{};
    std::ranges::transform(parity, targets.begin(), readable);
    auto expanded = tables;
    ec_encode_data(static_cast<int>(size),
                   kData,
                   kParityShards,
                   expanded.data(),
                   sources.data(),
                   targets.data());
}

bool reconstruct(const std::array<const std::byte*, kShards>& present,
                 const std::array<std::byte*, kShards>& wanted,
                 std::size_t size) {
    std::array<std::uint8_t*, kDataShards> sources{};
    std::array<std::uint8_t, kDataShards * kDataShards> chosen{};
    std::size_t count = 0;
    for (std::size_t shard = 0; shard < kShards && count < kDataShards; ++shard) {
        if (present[shard] != nullptr) {
            sources[count] = readable(present[shard]);
            std::copy_n(code_matrix().data() + (shard * kDataShards),
                        kDataShards,
                        chosen.data() + (count * kDataShards));
            ++count;
        }
    }
    if (count < kDataShards) {
        return false;
    }
    std::array<std::uint8_t, kDataShards * kDataShards> inverse{};
    CHECK(gf_invert_matrix(chosen.data(), inverse.data(), kData) == 0);

    for (std::size_t shard = 0; shard < kShards; ++shard) {
        if (wanted[shard] == nullptr) {
            continue;
        }
        Row row = recipe(shard, inverse.data());
        std::array<std::uint8_t, kTableBytes * kDataShards> tables{};
        ec_init_tables(kData, 1, row.data(), tables.data());
        std::uint8_t* target = readable(wanted[shard]);
        ec_encode_data(static_cast<int>(size), kData, 1, tables.data(), sources.data(), &target);
    }
    return true;
}

}  // namespace antipode::blob
