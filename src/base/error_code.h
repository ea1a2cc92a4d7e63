#pragma once

#include <cstdint>
#include <string_view>

namespace antipode {

/// The one table of failures. A code exists only if some caller acts on it differently; the rest of
/// the story is in Error::message. Protocol rooms map each to their own word in one switch without
/// a default.
enum class ErrorCode : std::uint8_t {
    // The client's request.
    InvalidArgument,
    MissingArgument,
    InvalidRequest,
    MalformedXml,
    InvalidBucketName,
    InvalidObjectName,
    InvalidDigest,  ///< Content-MD5 is not the digest of the body.
    BadDigest,      ///< Another checksum (sha256, crc32c, ...) is not that of the body.
    InvalidCrc64,   ///< x-oss-hash-crc64ecma is not that of the body.
    IncompleteBody,
    MissingContentLength,
    EntityTooLarge,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    InvalidTag,
    TooManyTags,
    InvalidRange,
    MetadataTooLarge,
    MethodNotAllowed,
    NotImplemented,
    PreconditionFailed,
    NotModified,
    InvalidBucketStatus,
    InvalidLocationConstraint,
    InvalidStorageClass,
    InvalidEncryptionAlgorithm,
    InvalidTargetType,
    NotSymlink,
    OperationNotSupported,
    RequestTimeout,
    HeaderTooLarge,
    // Who is asking.
    AccessDenied,
    InvalidAccessKeyId,
    SignatureDoesNotMatch,
    RequestTimeTooSkewed,
    InvalidSecurityToken,
    RequestExpired,
    // What is (not) there.
    NoSuchBucket,
    NoSuchKey,
    NoSuchVersion,
    NoSuchUpload,
    NoSuchConfiguration,  ///< A bucket sub-resource that was never set; the protocol knows which.
    NoSuchReplicationRule,
    SymlinkTargetNotExist,
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    TooManyBuckets,
    ObjectAlreadyExists,
    ObjectNotAppendable,
    PositionNotEqualToLength,
    IsDeleteMarker,  ///< The version named is a delete marker (405), or the latest is one (404).
    // Replication rules.
    NoReplicationRule,
    TooManyReplicationRules,
    InvalidTargetBucket,
    InvalidTargetLocation,
    BadReplicationLocation,
    BucketReplicationAlreadyExist,
    TooManyIncomingReplication,
    TooManyOutgoingReplication,
    TooManyPrefixes,
    // The stores.
    Conflict,        ///< A guard did not hold; read again and decide again.
    Fenced,          ///< A newer owner or epoch exists; what was asked will never be done.
    MaybeCommitted,  ///< Unknown outcome: read back, or repeat with the same guards.
    Unavailable,     ///< Too few zones, shutting down, overloaded: later it may work.
    Corrupt,         ///< Bytes from disk or wire fail their check.
    NotFound,        ///< A row, file or blob is absent where the caller allows for that.
    Io,
    Timeout,
    Closed,  ///< The other end went away.
    Internal,
    // Numbers are on the wire (peer protocol): new ones come last.
    NoSuchEncryptionKey,  ///< A master key that was named, or that sealed an object, is not here.
    ObjectImmutable,  ///< It is under retention: not changed or removed before that ends.
};

/// The enumerator's own name, for logs and metrics.
std::string_view name_of(ErrorCode code);

}  // namespace antipode
