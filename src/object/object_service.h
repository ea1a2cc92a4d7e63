#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/principal.h"
#include "base/result.h"
#include "base/units.h"
#include "model/bucket.h"
#include "model/object_version.h"
#include "object/digests.h"
#include "runtime/byte_source.h"
#include "runtime/task.h"

/// Every verb of an object, once, for both dialects. Requests are plain structs, named field by
/// field at the call. All verbs authorize by themselves. Errors are ErrorCodes; the gateways put
/// them into their words.
namespace antipode::object {

/// Who asks, and for whom the answer is.
struct Caller {
    access::Principal principal;
    std::string request_id;
};

/// Conditions of RFC 9110 section 13 on the current (or named) version. ETags without quotes,
/// compared without case;
/// "*" = any. Times in ms. Fail = PreconditionFailed or NotModified.
struct Conditions {
    std::vector<std::string> if_match;
    std::vector<std::string> if_none_match;
    std::optional<std::int64_t> if_modified_since_ms;
    std::optional<std::int64_t> if_unmodified_since_ms;
};

struct PutObjectRequest {
    BucketName bucket;
    std::string key;
    ObjectAttributes attributes;       ///< acl Default = the bucket's.
    bool storage_class_given = false;  ///< Otherwise the bucket's class is taken.
    /// Of all verbs that write bytes: absent = the bucket's default. NotImplemented when the region
    /// has no keys, NoSuchEncryptionKey.
    std::optional<Encryption> encryption = std::nullopt;
    std::unique_ptr<ByteSource> body;  ///< Null = empty.
    BodyCheck check;
    bool forbid_overwrite =
        false;  ///< x-oss-forbid-overwrite: ObjectAlreadyExists; ignored in versioned buckets.
    Conditions conditions;  ///< if_match / if_none_match only (conditional writes).
};

/// What a write made.
struct Written {
    ObjectVersion version;
    bool show_version_id = false;  ///< The bucket is (or was) versioned.
    /// Size after an append, for x-oss-next-append-position.
    std::uint64_t next_position = 0;
};

struct GetObjectRequest {
    BucketName bucket;
    std::string key;
    std::optional<std::string> version_id;
    Conditions conditions;
    bool follow_symlink = true;  ///< False: the link itself (GetSymlink, copy of a link).
};

/// A version opened for reading; no byte has been read yet.
class ReadableObject {
  public:
    ReadableObject() = default;
    ReadableObject(const ReadableObject&) = delete;
    ReadableObject& operator=(const ReadableObject&) = delete;
    virtual ~ReadableObject() = default;

    [[nodiscard]] virtual const ObjectVersion& version() const = 0;
    [[nodiscard]] virtual bool show_version_id() const = 0;
    /// Set when a symlink was followed: the link's own version (its type, target and user
    /// metadata).
    [[nodiscard]] virtual const ObjectVersion* link() const = 0;
    /// The bytes of `range`, which must lie in the object. May be called once; the source may
    /// outlive this object.
    virtual Task<Result<std::unique_ptr<ByteSource>>> read(ByteRange range) = 0;
    /// Offset and size of part `number` (1-based); InvalidPart when there is none. An object that
    /// is not multipart has part 1.
    [[nodiscard]] virtual Result<ByteRange> part(std::uint32_t number) const = 0;
};

/// For who looked first and decides by what was seen (lifecycle): what has changed since is left
/// alone.
struct SeenVersion {
    ObjectVersion version;
    bool is_latest = true;
    bool is_alone = false;  ///< True: no other version of its key may have come.
};

struct DeleteObjectRequest {
    BucketName bucket;
    std::string key;
    std::optional<std::string> version_id;
    /// The version that goes, or that a marker is put upon, must be this one: PreconditionFailed.
    std::optional<SeenVersion> seen = std::nullopt;
};

struct Deleted {
    bool show_version_id = false;
    std::string version_id;  ///< Of the marker that was made, or of the version that was removed.
    bool is_delete_marker = false;  ///< A marker was made, or what was removed was one.
};

struct CopySource {
    BucketName bucket;
    std::string key;
    std::optional<std::string> version_id;
    Conditions conditions;  ///< if_none_match / if_modified_since failing give PreconditionFailed
                            ///< or NotModified as for GET.
};

struct CopyObjectRequest {
    CopySource source;
    BucketName bucket;
    std::string key;
    bool replace_metadata =
        false;  ///< Directive REPLACE: system headers and user metadata from `attributes`.
    bool replace_tags = false;
    ObjectAttributes attributes;  ///< acl and storage class always count (class when given).
    bool storage_class_given = false;
    std::optional<Encryption> encryption = std::nullopt;  ///< That of the source is not taken over.
    bool forbid_overwrite = false;
    ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::None;
    bool refuse_pointless_self_copy =
        false;              ///< S3: a copy onto itself that changes nothing is InvalidRequest.
    Conditions conditions;  ///< On the destination: conditional writes.
};

struct Copied {
    ObjectVersion version;
    bool show_version_id = false;
    std::optional<std::string> source_version_id;
};

struct AppendRequest {
    BucketName bucket;
    std::string key;
    std::uint64_t position = 0;
    ObjectAttributes attributes;  ///< Count on the first append only.
    bool storage_class_given = false;
    std::optional<Encryption> encryption = std::nullopt;  ///< On the first append only.
    std::unique_ptr<ByteSource> body;
    BodyCheck check;
};

struct SymlinkRequest {
    BucketName bucket;
    std::string key;
    std::string target;
    ObjectAttributes attributes;
    bool storage_class_given = false;
    bool forbid_overwrite = false;
};

/// Names one version for small changes of its attributes.
struct VersionName {
    BucketName bucket;
    std::string key;
    std::optional<std::string> version_id;
};

struct ListObjectsRequest {
    BucketName bucket;
    std::string prefix;
    std::string delimiter;
    std::string after;  ///< Marker: exclusive. May be a common prefix of an earlier page.
    std::size_t max_keys = 1000;
};

struct ObjectList {
    std::vector<ObjectVersion> objects;        ///< In key order.
    std::vector<std::string> common_prefixes;  ///< In order; objects + prefixes <= max_keys.
    bool is_truncated = false;
    std::string next_after;  ///< The last key or common prefix given; set when truncated.
};

struct ListVersionsRequest {
    BucketName bucket;
    std::string prefix;
    std::string delimiter;
    std::string key_marker;
    std::optional<std::string>
        version_id_marker;  ///< With key_marker: go on after this version of it.
    std::size_t max_keys = 1000;
};

struct VersionEntry {
    ObjectVersion version;  ///< May be a delete marker.
    bool is_latest = false;
};

struct VersionList {
    std::vector<VersionEntry> versions;  ///< Keys ascending, of one key the newest first.
    std::vector<std::string> common_prefixes;
    bool is_truncated = false;
    std::string next_key_marker;
    std::string next_version_id_marker;
};

struct CreateUploadRequest {
    BucketName bucket;
    std::string key;
    ObjectAttributes attributes;
    bool storage_class_given = false;
    std::optional<Encryption> encryption = std::nullopt;
    ChecksumAlgorithm checksum_algorithm = ChecksumAlgorithm::None;
    ChecksumType checksum_type = ChecksumType::Composite;
};

struct UploadName {
    BucketName bucket;
    std::string key;
    std::string upload_id;
};

struct UploadPartRequest {
    UploadName upload;
    std::uint32_t number = 0;  ///< 1..10,000.
    std::unique_ptr<ByteSource> body;
    BodyCheck check;
};

struct CopyPartRequest {
    UploadName upload;
    std::uint32_t number = 0;
    CopySource source;
    std::optional<ByteRange> range;  ///< Absent = the whole source.
};

struct CopiedPart {
    UploadPart part;
    std::optional<std::string> source_version_id;
};

struct CompletePart {
    std::uint32_t number = 0;
    std::string etag;  ///< Without quotes, any case; empty = not checked (x-oss-complete-all).
    std::optional<std::string> checksum;  ///< base64; must equal the stored one when given.
};

struct CompleteUploadRequest {
    UploadName upload;
    std::vector<CompletePart> parts;
    bool all_parts = false;  ///< x-oss-complete-all: every part there is.
    bool forbid_overwrite = false;
    Conditions conditions;
    std::uint64_t part_bytes_min = 0;  ///< All but the last; EntityTooSmall. OSS 100 KiB, S3 5 MiB.
    std::optional<Checksum>
        checksum;  ///< Of the whole object, as the client states it; BadDigest when it differs.
};

struct ListPartsRequest {
    UploadName upload;
    std::uint32_t after = 0;  ///< part-number-marker
    std::size_t max_parts = 1000;
};

struct PartList {
    MultipartUpload upload;
    std::vector<UploadPart> parts;
    bool is_truncated = false;
    std::uint32_t next_after = 0;
};

struct ListUploadsRequest {
    BucketName bucket;
    std::string prefix;
    std::string delimiter;
    std::string key_marker;
    std::string upload_id_marker;
    std::size_t max_uploads = 1000;
};

struct UploadList {
    std::vector<MultipartUpload> uploads;
    std::vector<std::string> common_prefixes;
    bool is_truncated = false;
    std::string next_key_marker;
    std::string next_upload_id_marker;
};

/// Threads: any executor. References given must live until the task ends.
class ObjectService {
  public:
    ObjectService() = default;
    ObjectService(const ObjectService&) = delete;
    ObjectService& operator=(const ObjectService&) = delete;
    virtual ~ObjectService() = default;

    virtual Task<Result<Written>> put_object(const Caller& caller, PutObjectRequest request) = 0;
    /// The latest version, or the named one. NoSuchKey; IsDeleteMarker when the named version is a
    /// marker (405) ... when the latest is a marker the error is NoSuchKey with Error::message =
    /// the marker's version id.
    virtual Task<Result<std::unique_ptr<ReadableObject>>> open_object(const Caller& caller,
                                                                      GetObjectRequest request) = 0;
    virtual Task<Result<Deleted>> delete_object(const Caller& caller,
                                                DeleteObjectRequest request) = 0;
    virtual Task<Result<Copied>> copy_object(const Caller& caller, CopyObjectRequest request) = 0;
    virtual Task<Result<Written>> append_object(const Caller& caller, AppendRequest request) = 0;
    virtual Task<Result<Written>> put_symlink(const Caller& caller, SymlinkRequest request) = 0;

    virtual Task<Result<Written>> put_object_acl(const Caller& caller,
                                                 VersionName name,
                                                 Acl acl) = 0;
    virtual Task<Result<Written>> put_object_tags(const Caller& caller,
                                                  VersionName name,
                                                  NamedValues tags) = 0;
    /// Another class for a version as it was seen; its time stays. PreconditionFailed when it has
    /// changed since.
    virtual Task<Result<Written>> change_class(const Caller& caller,
                                               BucketName bucket,
                                               ObjectVersion seen,
                                               StorageClass to) = 0;
    /// The version row without opening its bytes (ACL, tags, symlink). A marker is IsDeleteMarker /
    /// NoSuchKey as above.
    virtual Task<Result<Written>> describe_object(const Caller& caller, VersionName name) = 0;

    virtual Task<Result<ObjectList>> list_objects(const Caller& caller,
                                                  ListObjectsRequest request) = 0;
    virtual Task<Result<VersionList>> list_versions(const Caller& caller,
                                                    ListVersionsRequest request) = 0;

    virtual Task<Result<MultipartUpload>> create_upload(const Caller& caller,
                                                        CreateUploadRequest request) = 0;
    virtual Task<Result<UploadPart>> upload_part(const Caller& caller,
                                                 UploadPartRequest request) = 0;
    virtual Task<Result<CopiedPart>> copy_part(const Caller& caller, CopyPartRequest request) = 0;
    virtual Task<Result<Written>> complete_upload(const Caller& caller,
                                                  CompleteUploadRequest request) = 0;
    virtual Task<Result<void>> abort_upload(const Caller& caller, UploadName upload) = 0;
    virtual Task<Result<PartList>> list_parts(const Caller& caller, ListPartsRequest request) = 0;
    virtual Task<Result<UploadList>> list_uploads(const Caller& caller,
                                                  ListUploadsRequest request) = 0;
};

}  // namespace antipode::object
