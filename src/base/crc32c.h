#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace antipode {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), as every on-disk and on-wire record carries it.
/// Check value: crc32c("123456789") = 0xE3069283. `seed` continues an earlier value.
std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

}  // namespace antipode
