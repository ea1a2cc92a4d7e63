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
    bool is_presigned = false;
    // For SignedChunks...: what the first chunk's signature goes on from.
    crypto::Digest signing_key;
    std::string signature;
    std::string time;   ///< "20130524T000000Z"
    std::string scope;  ///< "20130524/us-east-1/s3/aws4_request"
};

struct SigV4Context {
    const access::Keyring& keyring;
    protocol::SigningKeys& signing_keys;
    /// Regions a scope may name; the first is our own.
    const std::vector<std::string>& regions;
};

/// Checks the signature of a head (header or query) against the keyring and the clock; without one
/// the caller is anonymous. The payload is not checked here. Reads SigV4 of AWS, "Authenticating
/// Requests (AWS Signature Version 4)".
[[nodiscard]] S3Result<Authentication> authenticate(const SigV4Context& context,
                                                    const http::Request& request,
                                                    const protocol::ParsedRequest& parsed);

/// "AWS4-HMAC-SHA256 Credential=.., SignedHeaders=a;b, Signature=.." with any order and spacing.
struct AuthorizationFields {
    protocol::V4Credential credential;
    std::vector<std::string> signed_headers;
    std::string signature;
};

[[nodiscard]] S3Result<AuthorizationFields> parse_authorization(std::string_view header);

/// The query parameters of a presigned URL that are its signature, lower-case.
[[nodiscard]] bool is_signature_parameter(std::string_view name);

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

}  // namespace antipode::s3
