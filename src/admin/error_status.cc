#include "admin/error_status.h"

namespace antipode::admin {

int http_status(ErrorCode code) {
    using enum ErrorCode;
    switch (code) {
        case NotModified:
            return 304;
        case InvalidArgument:
        case MissingArgument:
        case InvalidRequest:
        case MalformedXml:
        case InvalidBucketName:
        case InvalidObjectName:
        case InvalidDigest:
        case BadDigest:
        case InvalidCrc64:
        case IncompleteBody:
        case EntityTooSmall:
        case InvalidPart:
        case InvalidPartOrder:
        case InvalidTag:
        case TooManyTags:
        case MetadataTooLarge:
        case InvalidLocationConstraint:
        case InvalidStorageClass:
        case InvalidEncryptionAlgorithm:
        case InvalidTargetType:
        case NotSymlink:
        case InvalidTargetBucket:
        case InvalidTargetLocation:
        case BadReplicationLocation:
        case TooManyPrefixes:
            return 400;
        case AccessDenied:
        case InvalidAccessKeyId:
        case SignatureDoesNotMatch:
        case RequestTimeTooSkewed:
        case InvalidSecurityToken:
        case RequestExpired:
        case Fenced:
        case ObjectImmutable:
            return 403;
        case NoSuchBucket:
        case NoSuchKey:
        case NoSuchVersion:
        case NoSuchUpload:
        case NoSuchConfiguration:
        case NoSuchReplicationRule:
        case SymlinkTargetNotExist:
        case NoReplicationRule:
        case NoSuchEncryptionKey:
        case NotFound:
            return 404;
        case MethodNotAllowed:
        case IsDeleteMarker:
            return 405;
        case RequestTimeout:
            return 408;
        case InvalidBucketStatus:
        case OperationNotSupported:
        case BucketAlreadyExists:
        case BucketAlreadyOwnedByYou:
        case BucketNotEmpty:
        case TooManyBuckets:
        case ObjectAlreadyExists:
        case ObjectNotAppendable:
        case PositionNotEqualToLength:
        case TooManyReplicationRules:
        case BucketReplicationAlreadyExist:
        case TooManyIncomingReplication:
        case TooManyOutgoingReplication:
        case Conflict:
            return 409;
        case MissingContentLength:
            return 411;
        case PreconditionFailed:
            return 412;
        case EntityTooLarge:
            return 413;
        case InvalidRange:
            return 416;
        case HeaderTooLarge:
            return 431;
        case Corrupt:
        case Io:
        case Internal:
            return 500;
        case NotImplemented:
            return 501;
        case MaybeCommitted:
        case Unavailable:
        case Timeout:
        case Closed:
            return 503;
    }
    return 500;
}

}  // namespace antipode::admin
