#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oss/canonical_input.h"
#include "protocol/v4_signature.h"

/// What is OSS's own in signature V4; the rest is in protocol/v4_signature.h.
namespace antipode::oss {

inline constexpr std::string_view kV4Algorithm = "OSS4-HMAC-SHA256";
inline constexpr std::string_view kV4SecretPrefix = "aliyun_v4";
inline constexpr std::string_view kV4Terminator = "aliyun_v4_request";
inline constexpr std::string_view kV4Product = "oss";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

struct V4Authorization {
    protocol::V4Credential credential;
    std::vector<std::string> additional_headers;  ///< Lower-case.
    std::string signature;
};

/// What follows "OSS4-HMAC-SHA256 " in the header: fields in any order, "," or ", " between them.
/// InvalidArgument when Credential or Signature is missing or malformed.
Result<V4Authorization> parse_v4_authorization(std::string_view fields);

/// Lower-case names out of "a;b".
std::vector<std::string> split_header_names(std::string_view text);

struct V4Signing {
    const CanonicalInput& input;
    const std::vector<std::string>& additional_headers;
    std::string_view payload_hash;  ///< Value of x-oss-content-sha256.
};

std::string v4_canonical_query(const codec::Query& query);
std::string v4_canonical_request(const V4Signing& signing);

}  // namespace antipode::oss
