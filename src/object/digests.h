#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/object_version.h"

namespace antipode::object {

/// What was computed over a body while it was read.
struct BodyDigests {
    std::uint64_t size_bytes = 0;
    std::string md5;  ///< 16 raw bytes.
    std::uint64_t crc64 = 0;
    std::string sha256;    ///< 32 raw bytes; only when `BodyCheck::sha256` or a Sha256 checksum was
                           ///< asked for.
    std::string checksum;  ///< Raw bytes of BodyCheck::checksum_algorithm, big-endian for CRCs.
};

/// What must be true of a body before it becomes visible. All are checked after its last byte and
/// before the commit.
struct BodyCheck {
    std::optional<std::uint64_t> size_bytes;  ///< IncompleteBody otherwise.
    std::optional<std::string> md5;           ///< 16 raw bytes; InvalidDigest otherwise.
    std::optional<std::string>
        sha256;  ///< 32 raw bytes (signed payload hash); BadDigest otherwise.
    std::optional<std::uint64_t> crc64;  ///< InvalidCrc64 otherwise.
    ChecksumAlgorithm checksum_algorithm =
        ChecksumAlgorithm::None;          ///< Computed and stored with the object.
    std::optional<std::string> checksum;  ///< Raw bytes it must have; BadDigest otherwise.
    /// Called last, for what is known only at the end (trailers, chunk signatures); its error is
    /// the request's.
    std::function<Result<void>(const BodyDigests&)> at_end;
};

}  // namespace antipode::object
