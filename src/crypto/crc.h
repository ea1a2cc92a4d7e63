#pragma once

#include <cstdint>

#include "base/bytes.h"

/// The checksums that objects carry. All are "reflected, init and xorout all ones": crc(empty) = 0,
/// and f(b, f(a, 0)) = f(ab, 0), so `seed` continues an earlier value. X_combine(X(a), X(b), size
/// of b) = X(ab), in a few hundred nanoseconds whatever the size.
namespace antipode::crypto {

/// CRC-64/XZ (OSS x-oss-hash-crc64ecma). Check: "123456789" -> 0x995DC9BBDF1939FA. About 20 GB/s.
[[nodiscard]] std::uint64_t crc64(ByteView bytes, std::uint64_t seed = 0);
[[nodiscard]] std::uint64_t crc64_combine(std::uint64_t a, std::uint64_t b, std::uint64_t b_bytes);

/// CRC-64/NVME (x-amz-checksum-crc64nvme). Check: 0xAE8B14860A799888. Table-driven: about 1.5 GB/s.
[[nodiscard]] std::uint64_t crc64nvme(ByteView bytes, std::uint64_t seed = 0);
[[nodiscard]] std::uint64_t crc64nvme_combine(std::uint64_t a,
                                              std::uint64_t b,
                                              std::uint64_t b_bytes);

/// CRC-32 of zlib (x-amz-checksum-crc32). Check: 0xCBF43926. About 20 GB/s.
[[nodiscard]] std::uint32_t crc32(ByteView bytes, std::uint32_t seed = 0);
[[nodiscard]] std::uint32_t crc32_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes);

/// Of base/crc32c.h's values (x-amz-checksum-crc32c).
[[nodiscard]] std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t b_bytes);

}  // namespace antipode::crypto
