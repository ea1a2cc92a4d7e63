#include "s3/detail/errors.h"

#include <fmt/format.h>

#include "codec/xml_writer.h"

namespace antipode::s3 {

namespace {

constexpr ErrorWord kBucketAlreadyExists{
    "BucketAlreadyExists",
    409,
    "The requested bucket name is not available. The bucket namespace is shared by all users of "
    "the system. Please select a different name and try again."};
constexpr ErrorWord kBucketAlreadyOwnedByYou{
    "BucketAlreadyOwnedByYou",
    409,
    "Your previous request to create the named bucket succeeded and you already own it."};
constexpr ErrorWord kBucketNotEmpty{
    "BucketNotEmpty", 409, "The bucket you tried to delete is not empty"};
constexpr ErrorWord kEntityTooSmall{
    "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size"};
constexpr ErrorWord kIncompleteBody{
    "IncompleteBody",
    400,
    "You did not provide the number of bytes specified by the Content-Length HTTP header"};
constexpr ErrorWord kInternalError{
    "InternalError", 500, "We encountered an internal error. Please try again."};
constexpr ErrorWord kInvalidBucketState{
    "InvalidBucketState", 409, "The request is not valid with the current state of the bucket."};
constexpr ErrorWord kInvalidEncryption{"InvalidEncryptionAlgorithmError",
                                       400,
                                       "The encryption request that you specified is not valid."};
constexpr ErrorWord kKmsNotFound{
    "KMS.NotFoundException", 400, "The specified key of the key service does not exist."};
constexpr ErrorWord kInvalidLocation{
    "InvalidLocationConstraint", 400, "The specified location constraint is not valid."};
constexpr ErrorWord kInvalidObjectState{
    "InvalidObjectState", 403, "The operation is not valid for the object's state"};
constexpr ErrorWord kInvalidPart{
    "InvalidPart",
    400,
    "One or more of the specified parts could not be found. The part might not have been uploaded, "
    "or the specified entity tag might not have matched the part's entity tag."};
constexpr ErrorWord kInvalidPartOrder{"InvalidPartOrder",
                                      400,
                                      "The list of parts was not in ascending order. Parts list "
                                      "must be specified in order by part number."};
constexpr ErrorWord kInvalidStorageClass{
    "InvalidStorageClass", 400, "The storage class you specified is not valid."};
constexpr ErrorWord kInvalidTag{"InvalidTag", 400, "The tag provided was not a valid tag."};
constexpr ErrorWord kMetadataTooLarge{
    "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size."};
constexpr ErrorWord kNoSuchBucket{"NoSuchBucket", 404, "The specified bucket does not exist"};
constexpr ErrorWord kNoSuchKey{"NoSuchKey", 404, "The specified key does not exist."};
constexpr ErrorWord kNoSuchUpload{"NoSuchUpload",
                                  404,
                                  "The specified upload does not exist. The upload ID may be "
                                  "invalid, or the upload may have been aborted or completed."};
constexpr ErrorWord kNoSuchVersion{"NoSuchVersion", 404, "The specified version does not exist."};
constexpr ErrorWord kNotModified{"NotModified", 304, "Not Modified"};
constexpr ErrorWord kOperationAborted{"OperationAborted",
                                      409,
                                      "A conflicting conditional operation is currently in "
                                      "progress against this resource. Please try again."};
constexpr ErrorWord kRequestHeaderTooLarge{"RequestHeaderSectionTooLarge",
                                           400,
                                           "The request header and query parameters used to make "
                                           "the request exceed the maximum allowed size."};
constexpr ErrorWord kRequestTimeout{"RequestTimeout",
                                    400,
                                    "Your socket connection to the server was not read from or "
                                    "written to within the timeout period."};
constexpr ErrorWord kServiceUnavailable{
    "ServiceUnavailable", 503, "Please reduce your request rate."};
constexpr ErrorWord kTooManyBuckets{
    "TooManyBuckets", 400, "You have attempted to create more buckets than allowed"};

}  // namespace

const ErrorWord& word_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidArgument:
        case ErrorCode::MissingArgument:
        case ErrorCode::InvalidTargetType:
        case ErrorCode::NotSymlink:
        case ErrorCode::PositionNotEqualToLength:
        case ErrorCode::BadReplicationLocation:
        case ErrorCode::InvalidTargetBucket:
        case ErrorCode::InvalidTargetLocation:
        case ErrorCode::TooManyPrefixes:
            return words::kInvalidArgument;
        case ErrorCode::InvalidRequest:
        case ErrorCode::OperationNotSupported:
        case ErrorCode::BucketReplicationAlreadyExist:
        case ErrorCode::TooManyReplicationRules:
        case ErrorCode::TooManyIncomingReplication:
        case ErrorCode::TooManyOutgoingReplication:
            return words::kInvalidRequest;
        case ErrorCode::MalformedXml:
            return words::kMalformedXml;
        case ErrorCode::InvalidBucketName:
            return words::kInvalidBucketName;
        case ErrorCode::InvalidObjectName:
            return words::kInvalidUri;
        case ErrorCode::InvalidDigest:
        case ErrorCode::BadDigest:
        case ErrorCode::InvalidCrc64:
            return words::kBadDigest;
        case ErrorCode::IncompleteBody:
            return kIncompleteBody;
        case ErrorCode::MissingContentLength:
            return words::kMissingContentLength;
        case ErrorCode::EntityTooLarge:
            return words::kEntityTooLarge;
        case ErrorCode::EntityTooSmall:
            return kEntityTooSmall;
        case ErrorCode::InvalidPart:
            return kInvalidPart;
        case ErrorCode::InvalidPartOrder:
            return kInvalidPartOrder;
        case ErrorCode::InvalidTag:
        case ErrorCode::TooManyTags:
            return kInvalidTag;
        case ErrorCode::InvalidRange:
            return words::kInvalidRange;
        case ErrorCode::MetadataTooLarge:
            return kMetadataTooLarge;
        case ErrorCode::MethodNotAllowed:
        case ErrorCode::IsDeleteMarker:
            return words::kMethodNotAllowed;
        case ErrorCode::NotImplemented:
            return words::kNotImplemented;
        case ErrorCode::PreconditionFailed:
        case ErrorCode::ObjectAlreadyExists:
            return words::kPreconditionFailed;
        case ErrorCode::NotModified:
            return kNotModified;
        case ErrorCode::InvalidBucketStatus:
            return kInvalidBucketState;
        case ErrorCode::InvalidLocationConstraint:
            return kInvalidLocation;
        case ErrorCode::InvalidStorageClass:
            return kInvalidStorageClass;
        case ErrorCode::InvalidEncryptionAlgorithm:
            return kInvalidEncryption;
        case ErrorCode::NoSuchEncryptionKey:
            return kKmsNotFound;
        case ErrorCode::ObjectNotAppendable:
            return kInvalidObjectState;
        case ErrorCode::RequestTimeout:
            return kRequestTimeout;
        case ErrorCode::HeaderTooLarge:
            return kRequestHeaderTooLarge;
        case ErrorCode::AccessDenied:
        case ErrorCode::RequestExpired:
        case ErrorCode::ObjectImmutable:  // As with S3's own object lock.
            return words::kAccessDenied;
        case ErrorCode::InvalidAccessKeyId:
            return words::kInvalidAccessKeyId;
        case ErrorCode::SignatureDoesNotMatch:
            return words::kSignatureDoesNotMatch;
        case ErrorCode::RequestTimeTooSkewed:
            return words::kRequestTimeTooSkewed;
        case ErrorCode::InvalidSecurityToken:
            return words::kInvalidToken;
        case ErrorCode::NoSuchBucket:
            return kNoSuchBucket;
        case ErrorCode::NoSuchKey:
        case ErrorCode::SymlinkTargetNotExist:
            return kNoSuchKey;
        case ErrorCode::NoSuchVersion:
            return kNoSuchVersion;
        case ErrorCode::NoSuchUpload:
            return kNoSuchUpload;
        case ErrorCode::NoSuchConfiguration:
        case ErrorCode::NoSuchReplicationRule:
        case ErrorCode::NoReplicationRule:
            return words::kNoSuchReplication;
        case ErrorCode::BucketAlreadyExists:
            return kBucketAlreadyExists;
        case ErrorCode::BucketAlreadyOwnedByYou:
            return kBucketAlreadyOwnedByYou;
        case ErrorCode::BucketNotEmpty:
            return kBucketNotEmpty;
        case ErrorCode::TooManyBuckets:
            return kTooManyBuckets;
        case ErrorCode::Conflict:
            return kOperationAborted;
        case ErrorCode::Fenced:
        case ErrorCode::Unavailable:
        case ErrorCode::Timeout:
            return kServiceUnavailable;
        case ErrorCode::MaybeCommitted:
        case ErrorCode::Corrupt:
        case ErrorCode::NotFound:
        case ErrorCode::Io:
        case ErrorCode::Closed:
        case ErrorCode::Internal:
            return kInternalError;
    }
    return kInternalError;
}

S3Error::S3Error(Error error) : word(&word_of(error.code)) {
    // What went wrong inside a store is for the log, not for strangers.
    message = word->status >= 500 && word != &words::kNotImplemented ? std::string()
                                                                     : std::move(error.message);
}

S3Error::S3Error(const ErrorWord& a_word, std::string a_message)
    : word(&a_word), message(std::move(a_message)) {}

std::unexpected<S3Error> refuse_not_implemented(std::string_view what) {
    return refuse(words::kNotImplemented, fmt::format("{} is not implemented.", what));
}

http::Response error_response(const S3Error& error,
                              std::string_view method,
                              std::string_view resource,
                              const std::string& request_id) {
    http::Response response;
    response.status = error.word->status;
    response.headers.add("x-amz-request-id", request_id);
    response.headers.add("x-amz-id-2", request_id);
    response.headers.add("Server", "Antipode");
    for (const auto& [name, value] : error.headers) {
        response.headers.add(name, value);
    }
    if (method == "HEAD" || response.status == 304) {
        return response;
    }
    codec::XmlWriter xml;
    xml.open("Error").element("Code", error.word->code);
    xml.element("Message",
                error.message.empty() ? error.word->message : std::string_view(error.message));
    for (const auto& [name, value] : error.details) {
        xml.element(name, value);
    }
    xml.element("Resource", resource)
        .element("RequestId", request_id)
        .element("HostId", request_id)
        .close();
    response.headers.add("Content-Type", "application/xml");
    response.text = xml.take();
    return response;
}

}  // namespace antipode::s3
