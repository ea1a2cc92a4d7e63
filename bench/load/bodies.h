#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace antipode::bench {

/// What is in object number n: a slice of one random buffer, so that a body costs nothing to make
/// and any read can be checked without having kept what was written. Bodies repeat after some
/// hundred numbers.
class Bodies {
  public:
    /// sizes: object n has sizes[n % count] bytes; at least one. with_digests: also hashes each
    /// body once (for signed payloads).
    Bodies(std::vector<std::uint64_t> sizes, bool with_digests);

    [[nodiscard]] ByteView body(std::uint64_t number) const;
    /// Hex SHA-256 of body(number); only with_digests.
    [[nodiscard]] const std::string& sha256_hex(std::uint64_t number) const;

  private:
    [[nodiscard]] std::uint64_t variant(std::uint64_t number) const;

    std::vector<std::uint64_t> sizes_;
    std::uint64_t variants_ = 0;
    Bytes noise_;
    std::vector<std::string> digests_;
};

}  // namespace antipode::bench
