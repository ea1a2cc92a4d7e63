#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/authorize.h"
#include "blob/blob_store.h"
#include "catalog/catalog.h"
#include "catalog/stored_version.h"
#include "catalog/version_table.h"
#include "object/detail/body_writer.h"
#include "object/object_service.h"

namespace antipode::object {

using BucketPtr = std::shared_ptr<catalog::OpenBucket>;

/// One method per verb, each in the file named after it.
class ObjectServiceImpl final : public ObjectService {
  public:
    ObjectServiceImpl(catalog::Catalog& catalog, blob::BlobStore& blobs, sealing::KeySource* keys)
        : catalog_(catalog), blobs_(blobs), keys_(keys) {}

    Task<Result<Written>> put_object(const Caller& caller, PutObjectRequest request) override;
    Task<Result<std::unique_ptr<ReadableObject>>> open_object(const Caller& caller,
                                                              GetObjectRequest request) override;
    Task<Result<Deleted>> delete_object(const Caller& caller, DeleteObjectRequest request) override;
    Task<Result<Copied>> copy_object(const Caller& caller, CopyObjectRequest request) override;
    Task<Result<Written>> append_object(const Caller& caller, AppendRequest request) override;
    Task<Result<Written>> put_symlink(const Caller& caller, SymlinkRequest request) override;
    Task<Result<Written>> put_object_acl(const Caller& caller, VersionName name, Acl acl) override;
    Task<Result<Written>> put_object_tags(const Caller& caller,
                                          VersionName name,
                                          NamedValues tags) override;
    Task<Result<Written>> change_class(const Caller& caller,
                                       BucketName bucket,
                                       ObjectVersion seen,
                                       StorageClass to) override;
    Task<Result<Written>> describe_object(const Caller& caller, VersionName name) override;
    Task<Result<ObjectList>> list_objects(const Caller& caller,
                                          ListObjectsRequest request) override;
    Task<Result<VersionList>> list_versions(const Caller& caller,
                                            ListVersionsRequest request) override;
    Task<Result<MultipartUpload>> create_upload(const Caller& caller,
                                                CreateUploadRequest request) override;
    Task<Result<UploadPart>> upload_part(const Caller& caller, UploadPartRequest request) override;
    Task<Result<CopiedPart>> copy_part(const Caller& caller, CopyPartRequest request) override;
    Task<Result<Written>> complete_upload(const Caller& caller,
                                          CompleteUploadRequest request) override;
    Task<Result<void>> abort_upload(const Caller& caller, UploadName upload) override;
    Task<Result<PartList>> list_parts(const Caller& caller, ListPartsRequest request) override;
    Task<Result<UploadList>> list_uploads(const Caller& caller,
                                          ListUploadsRequest request) override;

  private:
    struct NewVersion {
        BucketPtr bucket;
        catalog::StoredVersion stored;
        catalog::Companions companions;
        bool forbid_overwrite = false;
        Conditions conditions;
        std::optional<SeenVersion> upon = std::nullopt;  ///< The latest must still be this one.
    };

    /// NoSuchBucket or AccessDenied.
    Result<BucketPtr> bucket_for(const Caller& caller,
                                 const BucketName& name,
                                 access::Need need) const;
    /// The commit of every verb that makes a version; gives freed bytes back, discards the new ones
    /// on error.
    Task<Result<Written>> commit_new(NewVersion request);
    /// Fields that every new version has.
    [[nodiscard]] ObjectVersion new_version(const Caller& caller,
                                            const Bucket& bucket,
                                            std::string key,
                                            ObjectAttributes attributes,
                                            bool storage_class_given) const;
    /// As the request asks, else as the bucket does by default. The errors of check_encryption().
    [[nodiscard]] Result<BodySeal> seal_for(const Bucket& bucket,
                                            const std::optional<Encryption>& asked) const;
    /// The version that a request names: errors NoSuchKey, NoSuchVersion, IsDeleteMarker.
    Task<Result<catalog::StoredVersion>> find_named(BucketPtr bucket,
                                                    std::string key,
                                                    std::optional<std::string> version_id);
    Task<Result<Written>> change_named(const Caller& caller,
                                       VersionName name,
                                       std::function<Result<void>(ObjectVersion&)> change);

    catalog::Catalog& catalog_;
    blob::BlobStore& blobs_;
    sealing::KeySource* keys_;  ///< May be null.
};

/// ObjectImmutable while the bucket's retention policy keeps what is there (null = nothing).
Result<void> check_retention(const Bucket& bucket, const ObjectVersion* there);

/// Checks conditions of a read or write against what is there (null = nothing).
Result<void> check_conditions(const Conditions& conditions, const ObjectVersion* there);

inline bool is_versioned(const Bucket& bucket) {
    return bucket.versioning != Versioning::Unversioned;
}

/// Keys and prefixes are looked at one by one against a delimiter; the same for objects, versions
/// and uploads. The common prefix that `key` falls under, or empty.
std::string common_prefix_of(const std::string& key,
                             const std::string& prefix,
                             const std::string& delimiter);

/// Sorts behind every key that starts with `prefix` (UTF-8 has no byte 0xFF).
inline std::string behind_prefix(const std::string& prefix) {
    return prefix + "\xff";
}

}  // namespace antipode::object
