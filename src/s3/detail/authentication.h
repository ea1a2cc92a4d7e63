#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "access/keyring.h"
#include "access/principal.h"
#include "crypto/digest.h"
#include "http/message.h"
#include "protocol/parsed_request.h"
#include "protocol/v4_signature.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// How the body is protected, as x-amz-content-sha256 says.
enum class PayloadKind : std::uint8_t {
    Unsigned,
    Hashed,                    ///< The header has the SHA-256 of the whole body.
    SignedChunks,              ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD
    SignedChunksAndTrailer,    ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
    UnsignedChunksAndTrailer,  ///< STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

/// Who sent a request, and what its body needs to be checked.
struct Authentication {
    access::Principal principal;
    PayloadKind payload = PayloadKind::Unsigned;
    std::string payload_sha256;  ///< 32 raw bytes; Hashed only.
    /// A signature that covers the whole query: x-amz-* parameters then count as headers.
    bool signs_query = false;
    // For SignedChunks...: what the first chunk's signature goes on from.
    crypto::Digest signing_key;
    std::string signature;
    std::string time;   ///< "20130524T000000Z"
    std::string scope;  ///< "20130524/us-east-1/s3/aws4_request"
};

struct SigningContext {
    const access::Keyring& keyring;
    protocol::SigningKeys& signing_keys;
    /// Regions a V4 scope may name; the first is our own.
    const std::vector<std::string>& regions;
};

/// Checks the signature of a head, V4 or V2, in its header or its query; without one the caller is
/// anonymous. The payload is not checked here.
[[nodiscard]] S3Result<Authentication> authenticate(const SigningContext& context,
                                                    const http::Request& request,
                                                    const protocol::ParsedRequest& parsed);

/// The value of x-amz-content-sha256 into `authentication`; InvalidArgument when it is none of
/// those above.
[[nodiscard]] S3Result<void> read_payload_kind(std::string_view value,
                                               Authentication& authentication);

/// The key that signed, or InvalidAccessKeyId.
[[nodiscard]] S3Result<access::AccessKey> find_key(const SigningContext& context,
                                                   const std::string& id);

[[nodiscard]] S3Result<void> check_skew(runtime::WallTime sent,
                                        runtime::WallTime now,
                                        std::string_view as_sent);

/// The query parameters of a presigned URL that are its signature.
[[nodiscard]] bool is_signature_parameter(std::string_view name);

}  // namespace antipode::s3
