#pragma once

#include <string>
#include <string_view>

#include "s3/detail/authentication.h"

/// AWS Signature Version 2: HMAC-SHA1 over a few headers and sub-resources. Kept because boto3
/// still makes its presigned URLs with it unless told otherwise. AWS, "Signing and authenticating
/// REST requests".
namespace antipode::s3 {

/// "Authorization: AWS <key id>:<signature>"
[[nodiscard]] S3Result<Authentication> authenticate_v2_header(
    const SigningContext& context,
    const http::Request& request,
    const protocol::ParsedRequest& parsed);

/// "?AWSAccessKeyId=..&Expires=..&Signature=.."
[[nodiscard]] S3Result<Authentication> authenticate_v2_query(const SigningContext& context,
                                                             const http::Request& request,
                                                             const protocol::ParsedRequest& parsed);

/// What is signed; `date` is the date line (empty when x-amz-date is sent) or the Expires of a URL.
[[nodiscard]] std::string v2_string_to_sign(const http::Request& request,
                                            const protocol::ParsedRequest& parsed,
                                            std::string_view date);

}  // namespace antipode::s3
