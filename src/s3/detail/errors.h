#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace antipode::s3 {

/// One line of S3's list of error responses.
struct ErrorWord {
    std::string_view code;
    int status;
    std::string_view message;  ///< Used when the failure has no sentence of its own.
};

/// An answer that is an error. Made from an Error by the one switch in errors.cc, or from a word
/// directly where S3 distinguishes what the rest of the house does not.
struct S3Error {
    // Implicit, so that CO_TRY carries an Error of a lower room upwards.
    S3Error(Error error);  // NOLINT(google-explicit-constructor)
    explicit S3Error(const ErrorWord& word, std::string message = {});

    /// An extra child of <Error>.
    S3Error&& with(std::string name, std::string value) && {
        details.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }

    S3Error&& with_header(std::string name, std::string value) && {
        headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }

    const ErrorWord* word;
    std::string message;
    std::vector<std::pair<std::string, std::string>> details;
    std::vector<std::pair<std::string, std::string>> headers;
};

template <typename T>
using S3Result = std::expected<T, S3Error>;

/// What a verb returns: an answer, or an error that the gateway puts into XML.
using Answer = S3Result<http::Response>;

/// `return refuse(words::kNoSuchTagSet);`
inline std::unexpected<S3Error> refuse(const ErrorWord& word, std::string message = {}) {
    return std::unexpected<S3Error>(S3Error(word, std::move(message)));
}

inline std::unexpected<S3Error> refuse(S3Error error) {
    return std::unexpected<S3Error>(std::move(error));
}

/// 501, naming what is not built.
std::unexpected<S3Error> refuse_not_implemented(std::string_view what);

[[nodiscard]] const ErrorWord& word_of(ErrorCode code);

/// `resource` is the path asked for. A HEAD or 304 has no body.
[[nodiscard]] http::Response error_response(const S3Error& error,
                                            std::string_view method,
                                            std::string_view resource,
                                            const std::string& request_id);

/// The codes that have no ErrorCode of their own.
namespace words {
inline constexpr ErrorWord kAccessDenied{"AccessDenied", 403, "Access Denied"};
inline constexpr ErrorWord kAccessForbidden{
    "AccessForbidden", 403, "CORSResponse: CORS is not enabled for this bucket."};
inline constexpr ErrorWord kAuthorizationHeaderMalformed{
    "AuthorizationHeaderMalformed", 400, "The authorization header you provided is invalid."};
inline constexpr ErrorWord kAuthorizationQueryParametersError{
    "AuthorizationQueryParametersError",
    400,
    "The authorization query parameters that you provided are not valid."};
inline constexpr ErrorWord kBadDigest{
    "BadDigest",
    400,
    "The Content-MD5 or checksum value that you specified did not match what the server received."};
inline constexpr ErrorWord kEntityTooLarge{
    "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size."};
inline constexpr ErrorWord kIllegalVersioning{
    "IllegalVersioningConfigurationException",
    400,
    "The versioning configuration specified in the request is invalid."};
inline constexpr ErrorWord kInvalidAccessKeyId{
    "InvalidAccessKeyId",
    403,
    "The AWS access key ID that you provided does not exist in our records."};
inline constexpr ErrorWord kInvalidArgument{"InvalidArgument", 400, "Invalid Argument"};
inline constexpr ErrorWord kInvalidBucketName{
    "InvalidBucketName", 400, "The specified bucket is not valid."};
inline constexpr ErrorWord kInvalidDigest{
    "InvalidDigest", 400, "The Content-MD5 or checksum value that you specified is not valid."};
inline constexpr ErrorWord kInvalidPartNumber{
    "InvalidPartNumber", 416, "The requested partnumber is not satisfiable"};
inline constexpr ErrorWord kInvalidPolicyDocument{
    "InvalidPolicyDocument",
    400,
    "The content of the form does not meet the conditions specified in the policy document."};
inline constexpr ErrorWord kInvalidRange{
    "InvalidRange", 416, "The requested range is not satisfiable"};
inline constexpr ErrorWord kInvalidRequest{"InvalidRequest", 400, "Invalid Request"};
inline constexpr ErrorWord kInvalidToken{
    "InvalidToken", 400, "The provided token is malformed or otherwise not valid."};
inline constexpr ErrorWord kInvalidUri{"InvalidURI", 400, "The specified URI couldn't be parsed."};
inline constexpr ErrorWord kKeyTooLong{"KeyTooLongError", 400, "Your key is too long."};
inline constexpr ErrorWord kMalformedTrailer{
    "MalformedTrailerError",
    400,
    "The request contained trailing data that was not well-formed or did not conform to our "
    "published schema."};
inline constexpr ErrorWord kMalformedXml{
    "MalformedXML",
    400,
    "The XML you provided was not well-formed or did not validate against our published schema."};
inline constexpr ErrorWord kMethodNotAllowed{
    "MethodNotAllowed", 405, "The specified method is not allowed against this resource."};
inline constexpr ErrorWord kMissingContentLength{
    "MissingContentLength", 411, "You must provide the Content-Length HTTP header."};
inline constexpr ErrorWord kNoSuchBucketPolicy{
    "NoSuchBucketPolicy", 404, "The bucket policy does not exist"};
inline constexpr ErrorWord kNoSuchCors{
    "NoSuchCORSConfiguration", 404, "The CORS configuration does not exist"};
inline constexpr ErrorWord kNoSuchEncryption{
    "ServerSideEncryptionConfigurationNotFoundError",
    404,
    "The server side encryption configuration was not found"};
inline constexpr ErrorWord kNoSuchLifecycle{
    "NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist"};
inline constexpr ErrorWord kNoSuchObjectLock{
    "ObjectLockConfigurationNotFoundError",
    404,
    "Object Lock configuration does not exist for this bucket"};
inline constexpr ErrorWord kNoSuchObjectLockOfObject{
    "NoSuchObjectLockConfiguration",
    404,
    "The specified object does not have a ObjectLock configuration"};
inline constexpr ErrorWord kNoSuchOwnershipControls{
    "OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found"};
inline constexpr ErrorWord kNoSuchPublicAccessBlock{
    "NoSuchPublicAccessBlockConfiguration",
    404,
    "The public access block configuration was not found"};
inline constexpr ErrorWord kNoSuchReplication{
    "ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found"};
inline constexpr ErrorWord kNoSuchTagSet{"NoSuchTagSet", 404, "The TagSet does not exist"};
inline constexpr ErrorWord kNoSuchWebsite{
    "NoSuchWebsiteConfiguration",
    404,
    "The specified bucket does not have a website configuration"};
inline constexpr ErrorWord kNotImplemented{
    "NotImplemented",
    501,
    "A header or query you provided implies functionality that is not implemented."};
inline constexpr ErrorWord kPreconditionFailed{
    "PreconditionFailed",
    412,
    "At least one of the preconditions that you specified did not hold."};
inline constexpr ErrorWord kRequestTimeTooSkewed{
    "RequestTimeTooSkewed",
    403,
    "The difference between the request time and the server's time is too large."};
inline constexpr ErrorWord kSignatureDoesNotMatch{
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key "
    "and signing method."};
inline constexpr ErrorWord kPayloadHashMismatch{
    "XAmzContentSHA256Mismatch",
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed."};
}  // namespace words

}  // namespace antipode::s3

namespace antipode {

/// Lets TRY and CO_TRY carry an S3Error as they carry an Error.
inline std::unexpected<s3::S3Error> fail(s3::S3Error error) {
    return std::unexpected<s3::S3Error>(std::move(error));
}

}  // namespace antipode
