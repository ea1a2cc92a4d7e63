#include "oss/oss_errors.h"

#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/xml_writer.h"

namespace antipode::oss {

namespace {

constexpr std::string_view kInternal = "We encountered an internal error. Please try again.";
constexpr std::string_view kBusy = "The service cannot answer for now. Please try again later.";

std::string error_document(const ErrorWords& words,
                           const Error& error,
                           const ErrorDetail& detail,
                           const ErrorContext& context) {
    codec::XmlWriter xml;
    xml.open("Error");
    xml.element("Code", detail.code.empty() ? words.code : std::string_view(detail.code));
    xml.element("Message", error.message.empty() ? words.message : std::string_view(error.message));
    xml.element("RequestId", context.request_id).element("HostId", context.host);
    if (error.code == ErrorCode::NoSuchBucket || error.code == ErrorCode::BucketNotEmpty ||
        error.code == ErrorCode::BucketAlreadyExists ||
        error.code == ErrorCode::InvalidBucketName) {
        xml.element("BucketName", context.bucket);
    }
    if (error.code == ErrorCode::NoSuchKey || error.code == ErrorCode::NoSuchVersion) {
        xml.element("Key", context.key);
    }
    for (const auto& [name, value] : detail.elements) {
        xml.element(name, value);
    }
    if (const std::string_view ec = detail.ec.empty() ? words.ec : std::string_view(detail.ec);
        !ec.empty()) {
        xml.element("EC", ec);
    }
    xml.close();
    return xml.take();
}

}  // namespace

// The statuses and words of oss-facts 11; the ECs are those seen in the documentation and in the
// SDKs' tests.
ErrorWords words_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidArgument:
            return {400, "InvalidArgument", "", "An argument is not valid."};
        case ErrorCode::MissingArgument:
            return {400, "MissingArgument", "", "A required argument is missing."};
        case ErrorCode::InvalidRequest:
            return {400, "InvalidRequest", "", "The request is not valid."};
        case ErrorCode::MalformedXml:
            return {400,
                    "MalformedXML",
                    "",
                    "The XML you provided was not well-formed or did not validate against our "
                    "published schema."};
        case ErrorCode::InvalidBucketName:
            return {400, "InvalidBucketName", "", "The specified bucket is not valid."};
        case ErrorCode::InvalidObjectName:
            return {400, "InvalidObjectName", "", "The specified object is not valid."};
        case ErrorCode::InvalidDigest:
        case ErrorCode::BadDigest:
            return {400, "InvalidDigest", "", "The Content-MD5 you specified was invalid."};
        case ErrorCode::InvalidCrc64:
            return {400,
                    "InvalidCRC64",
                    "",
                    "The CRC-64 you specified did not match what we received."};
        case ErrorCode::IncompleteBody:
            return {400, "IncompleteBody", "", "The request body is shorter than announced."};
        case ErrorCode::MissingContentLength:
            return {411,
                    "MissingContentLength",
                    "",
                    "You must provide the Content-Length HTTP header."};
        case ErrorCode::EntityTooLarge:
            return {400,
                    "EntityTooLarge",
                    "",
                    "Your proposed upload exceeds the maximum allowed size."};
        case ErrorCode::EntityTooSmall:
            return {400,
                    "EntityTooSmall",
                    "",
                    "Your proposed upload is smaller than the minimum allowed size."};
        case ErrorCode::InvalidPart:
            return {400,
                    "InvalidPart",
                    "",
                    "One or more of the specified parts could not be found or did not match."};
        case ErrorCode::InvalidPartOrder:
            return {400, "InvalidPartOrder", "", "The list of parts was not in ascending order."};
        case ErrorCode::InvalidTag:
            return {400, "InvalidTag", "", "The tag you provided is not valid."};
        case ErrorCode::TooManyTags:
            return {400, "TooManyTags", "", "There are too many tags."};
        case ErrorCode::InvalidRange:
            return {416, "InvalidRange", "", "The requested range cannot be satisfied."};
        case ErrorCode::MetadataTooLarge:
            return {
                400, "InvalidArgument", "", "The total size of the user metadata is too large."};
        case ErrorCode::MethodNotAllowed:
        case ErrorCode::IsDeleteMarker:
            return {405,
                    "MethodNotAllowed",
                    "",
                    "The specified method is not allowed against this resource."};
        case ErrorCode::NotImplemented:
            return {
                501, "NotImplemented", "", "A feature that this request needs is not implemented."};
        case ErrorCode::PreconditionFailed:
            return {412,
                    "PreconditionFailed",
                    "",
                    "At least one of the pre-conditions you specified did not hold."};
        case ErrorCode::NotModified:
            return {304, "NotModified", "", "Not Modified"};
        case ErrorCode::InvalidBucketStatus:
            return {
                400, "InvalidBucketStatus", "", "The status of the bucket does not allow this."};
        case ErrorCode::InvalidLocationConstraint:
            return {400,
                    "InvalidLocationConstraint",
                    "",
                    "The specified location-constraint is not valid."};
        case ErrorCode::InvalidStorageClass:
            return {400, "InvalidArgument", "", "The storage class you specified is not valid."};
        case ErrorCode::InvalidEncryptionAlgorithm:
            return {400,
                    "InvalidEncryptionAlgorithmError",
                    "",
                    "The encryption algorithm is not valid."};
        case ErrorCode::NoSuchEncryptionKey:
            return {404, "KeyNotFound", "", "The specified key of the key service does not exist."};
        case ErrorCode::ObjectImmutable:
            return {409, "FileImmutable", "", "The object is under retention."};
        case ErrorCode::InvalidTargetType:
            return {400,
                    "InvalidTargetType",
                    "",
                    "The target of the symbolic link is a symbolic link."};
        case ErrorCode::NotSymlink:
            return {400, "NotSymlink", "", "The object is not a symbolic link."};
        case ErrorCode::OperationNotSupported:
            return {400,
                    "OperationNotSupported",
                    "",
                    "The operation is not supported for this resource."};
        case ErrorCode::RequestTimeout:
            return {400,
                    "RequestTimeout",
                    "",
                    "Your socket connection was not read from or written to in time."};
        case ErrorCode::HeaderTooLarge:
            return {400, "InvalidArgument", "", "The header of the request is too large."};
        case ErrorCode::AccessDenied:
            return {
                403, "AccessDenied", "0003-00000001", "You have no right to access this resource."};
        case ErrorCode::InvalidAccessKeyId:
            return {403,
                    "InvalidAccessKeyId",
                    "0002-00000902",
                    "The OSS Access Key Id you provided does not exist in our records."};
        case ErrorCode::SignatureDoesNotMatch:
            return {403,
                    "SignatureDoesNotMatch",
                    "0002-00000040",
                    "The request signature we calculated does not match the signature you "
                    "provided. Check your key and "
                    "signing method."};
        case ErrorCode::RequestTimeTooSkewed:
            return {403,
                    "RequestTimeTooSkewed",
                    "0002-00000504",
                    "The difference between the request time and the current time is too large."};
        case ErrorCode::InvalidSecurityToken:
            return {403, "InvalidSecurityToken", "", "The security token you provided is invalid."};
        case ErrorCode::RequestExpired:
            return {403, "AccessDenied", "", "Request has expired."};
        case ErrorCode::NoSuchBucket:
            return {404, "NoSuchBucket", "0015-00000101", "The specified bucket does not exist."};
        case ErrorCode::NoSuchKey:
            return {404, "NoSuchKey", "0026-00000001", "The specified key does not exist."};
        case ErrorCode::NoSuchVersion:
            return {404, "NoSuchVersion", "", "The specified version does not exist."};
        case ErrorCode::NoSuchUpload:
            return {404,
                    "NoSuchUpload",
                    "",
                    "The specified upload does not exist. The upload ID may be invalid, or the "
                    "upload may have been aborted "
                    "or completed."};
        case ErrorCode::NoSuchConfiguration:
            return {404, "NoSuchConfiguration", "", "The specified configuration does not exist."};
        case ErrorCode::NoSuchReplicationRule:
            return {404,
                    "NoSuchReplicationRule",
                    "",
                    "The BucketReplicationRule you specified does not exist."};
        case ErrorCode::SymlinkTargetNotExist:
            return {404,
                    "SymlinkTargetNotExist",
                    "",
                    "The target of the symbolic link does not exist."};
        case ErrorCode::BucketAlreadyExists:
        case ErrorCode::BucketAlreadyOwnedByYou:
            return {409,
                    "BucketAlreadyExists",
                    "0015-00000104",
                    "The requested bucket name is not available."};
        case ErrorCode::BucketNotEmpty:
            return {409,
                    "BucketNotEmpty",
                    "0015-00000301",
                    "The bucket you tried to delete is not empty."};
        case ErrorCode::TooManyBuckets:
            return {400,
                    "TooManyBuckets",
                    "",
                    "You have attempted to create more buckets than allowed."};
        case ErrorCode::ObjectAlreadyExists:
            return {409,
                    "FileAlreadyExists",
                    "",
                    "The object you specified already exists and can not be overwritten."};
        case ErrorCode::ObjectNotAppendable:
            return {409, "ObjectNotAppendable", "", "The object is not appendable."};
        case ErrorCode::PositionNotEqualToLength:
            return {409, "PositionNotEqualToLength", "", "Position is not equal to file length."};
        case ErrorCode::NoReplicationRule:
            return {400, "NoReplicationRule", "", "No replication rule specified."};
        case ErrorCode::TooManyReplicationRules:
            return {
                400, "TooManyReplicationRules", "", "OSS only support one replication rule now."};
        case ErrorCode::InvalidTargetBucket:
            return {400,
                    "InvalidTargetBucket",
                    "",
                    "The target bucket is invalid for bucket replication."};
        case ErrorCode::InvalidTargetLocation:
            return {400,
                    "InvalidTargetLocation",
                    "",
                    "The target bucket you specified does not locate in the target location."};
        case ErrorCode::BadReplicationLocation:
            return {400,
                    "BadReplicationLocation",
                    "",
                    "The replication location you choose is invalid."};
        case ErrorCode::BucketReplicationAlreadyExist:
            return {400,
                    "BucketReplicationAlreadyExist",
                    "0031-00000044",
                    "Bucket replication already exists."};
        case ErrorCode::TooManyIncomingReplication:
            return {400,
                    "TooManyIncomingReplication",
                    "",
                    "The target bucket has too many incoming replication rules."};
        case ErrorCode::TooManyOutgoingReplication:
            return {400,
                    "TooManyOutgoingReplication",
                    "",
                    "The bucket has too many outgoing replication rules."};
        case ErrorCode::TooManyPrefixes:
            return {400,
                    "TooManyPrefixes",
                    "",
                    "The bucket replication rule's prefixes number is beyond limit."};
        // Nothing was done, or nobody can say: the SDKs repeat after a 5xx.
        case ErrorCode::Conflict:
        case ErrorCode::Fenced:
        case ErrorCode::Unavailable:
        case ErrorCode::Timeout:
        case ErrorCode::Closed:
            return {503, "ServiceUnavailable", "", kBusy};
        case ErrorCode::MaybeCommitted:
        case ErrorCode::Corrupt:
        case ErrorCode::NotFound:
        case ErrorCode::Io:
        case ErrorCode::Internal:
            return {500, "InternalError", "", kInternal};
    }
    return {500, "InternalError", "", kInternal};
}

http::Response error_response(const Error& error,
                              const ErrorDetail& detail,
                              const ErrorContext& context) {
    const ErrorWords words = words_of(error.code);
    http::Response response;
    response.status = detail.status != 0 ? detail.status : words.status;
    for (const auto& [name, value] : detail.headers) {
        response.headers.set(name, value);
    }
    if (response.status == 304) {
        return response;
    }
    if (const std::string_view ec = detail.ec.empty() ? words.ec : std::string_view(detail.ec);
        !ec.empty()) {
        response.headers.set("x-oss-ec", std::string(ec));
    }
    // The inner story of a failure of ours is for the log.
    Error shown = error;
    if (words.status >= 500 && error.code != ErrorCode::NotImplemented) {
        shown.message.clear();
    }
    std::string document = error_document(words, shown, detail, context);
    response.headers.set("Content-Type", "application/xml");
    if (context.method == "HEAD") {
        response.headers.set("x-oss-err", codec::base64_encode(as_bytes(document)));
    } else {
        response.text = std::move(document);
    }
    return response;
}

}  // namespace antipode::oss
