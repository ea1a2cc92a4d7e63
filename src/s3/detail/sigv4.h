#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/v4_signature.h"
#include "s3/detail/authentication.h"

/// AWS Signature Version 4. AWS, "Authenticating Requests (AWS Signature Version 4)".
namespace antipode::s3 {

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";

[[nodiscard]] S3Result<Authentication> authenticate_v4_header(
    const SigningContext& context,
    const http::Request& request,
    const protocol::ParsedRequest& parsed);

[[nodiscard]] S3Result<Authentication> authenticate_v4_query(const SigningContext& context,
                                                             const http::Request& request,
                                                             const protocol::ParsedRequest& parsed);

/// "AWS4-HMAC-SHA256 Credential=.., SignedHeaders=a;b, Signature=.." with any order and spacing.
struct AuthorizationFields {
    protocol::V4Credential credential;
    std::vector<std::string> signed_headers;
    std::string signature;
};

[[nodiscard]] S3Result<AuthorizationFields> parse_authorization(std::string_view header);

}  // namespace antipode::s3
