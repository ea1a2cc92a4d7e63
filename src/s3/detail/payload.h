#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "object/digests.h"
#include "runtime/byte_source.h"
#include "s3/detail/call.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// A body without its coding, and all that must hold at its end.
struct Payload {
    std::unique_ptr<ByteSource> source;
    object::BodyCheck check;
};

/// What a checksum header speaks of: in CompleteMultipartUpload not of the XML that carries it.
enum class ChecksumMeans : std::uint8_t { Body, Object };

/// For bodies that are stored. Nothing is read yet. MissingContentLength, EntityTooLarge,
/// InvalidDigest, InvalidRequest.
[[nodiscard]] S3Result<Payload> open_payload(Call& call, ChecksumMeans means = ChecksumMeans::Body);

/// For XML bodies: reads all of it and checks length, Content-MD5, payload hash, checksum and chunk
/// signatures.
Task<S3Result<std::string>> read_payload_text(Call& call,
                                              ChecksumMeans means = ChecksumMeans::Body);

/// A BadDigest of object/ in S3's words: which of the digests was wrong decides the code.
[[nodiscard]] S3Error payload_error(Error error, const Call& call);

}  // namespace antipode::s3
