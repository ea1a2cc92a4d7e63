#include "bench/load/bodies.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "base/check.h"
#include "codec/hex.h"
#include "crypto/digest.h"

namespace antipode::bench {

namespace {

constexpr std::uint64_t kVariantsMax = 256;
constexpr std::uint64_t kVariantsMin = 8;
constexpr std::uint64_t kHashedBytesMax = 256U << 20U;
constexpr std::uint64_t kStride = 4099;  // Prime, so that no two variants line up on a page.

}  // namespace

Bodies::Bodies(std::vector<std::uint64_t> sizes, bool with_digests) : sizes_(std::move(sizes)) {
    CHECK(!sizes_.empty());
    const std::uint64_t largest = *std::ranges::max_element(sizes_);
    // A multiple of the count of sizes, so that number and number + variants_ have the same size
    // and content.
    variants_ =
        std::clamp(
            kHashedBytesMax / std::max<std::uint64_t>(largest, 1), kVariantsMin, kVariantsMax) *
        sizes_.size();
    noise_.resize((largest + variants_ * kStride + 7) / 8 * 8);
    std::mt19937_64 generator(20240601);
    for (std::size_t at = 0; at < noise_.size(); at += 8) {
        const std::uint64_t word = generator();
        std::memcpy(&noise_.at(at), &word, sizeof word);
    }
    if (with_digests) {
        for (std::uint64_t number = 0; number < variants_; ++number) {
            digests_.push_back(codec::hex_lower(crypto::sha256(body(number)).bytes()));
        }
    }
}

std::uint64_t Bodies::variant(std::uint64_t number) const {
    return number % variants_;
}

ByteView Bodies::body(std::uint64_t number) const {
    return ByteView(noise_).subspan(variant(number) * kStride, sizes_.at(number % sizes_.size()));
}

const std::string& Bodies::sha256_hex(std::uint64_t number) const {
    return digests_.at(variant(number));
}

}  // namespace antipode::bench
