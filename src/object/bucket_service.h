#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/bucket.h"
#include "model/lifecycle_rule.h"
#include "object/object_service.h"
#include "runtime/task.h"

namespace antipode::object {

struct CreateBucketRequest {
    BucketName name;
    std::optional<Acl> acl;
    StorageClass storage_class = StorageClass::Standard;
    Redundancy redundancy = Redundancy::Lrs;
    /// Region id without "oss-"; must be this region's when given (InvalidLocationConstraint).
    /// Gateways leave it out for S3's aliases ("us-east-1" and empty).
    std::optional<std::string> location;
    bool allow_dots = false;
};

struct BucketStat {
    std::uint64_t storage_bytes = 0;
    std::uint64_t object_count = 0;
    std::uint64_t upload_count = 0;
    std::uint64_t delete_marker_count = 0;
    std::int64_t last_modified_ms = 0;
};

/// Verbs of a bucket. `find_bucket` is for handlers that show configuration.
class BucketService {
  public:
    BucketService() = default;
    BucketService(const BucketService&) = delete;
    BucketService& operator=(const BucketService&) = delete;
    virtual ~BucketService() = default;

    /// BucketAlreadyExists: another owner's, or own with other settings. Own with the same
    /// settings: BucketAlreadyOwnedByYou (OSS shows it as success, S3 as 409 outside us-east-1);
    /// the ACL has been updated if one was given.
    virtual Task<Result<Bucket>> create_bucket(const Caller& caller,
                                               CreateBucketRequest request) = 0;
    /// BucketNotEmpty: objects, versions, markers, unfinished uploads; InvalidBucketStatus while a
    /// rule is alive.
    virtual Task<Result<void>> delete_bucket(const Caller& caller, BucketName name) = 0;
    /// The caller's own, in name order. AccessDenied for anonymous callers.
    virtual Task<Result<std::vector<Bucket>>> list_buckets(const Caller& caller) = 0;
    /// For any reader of the configuration: needs Own (NoSuchBucket, AccessDenied).
    virtual Task<Result<Bucket>> find_bucket(const Caller& caller, BucketName name) = 0;
    /// HEAD: exists and may be read.
    virtual Task<Result<Bucket>> head_bucket(const Caller& caller, BucketName name) = 0;
    virtual Task<Result<BucketStat>> stat_bucket(const Caller& caller, BucketName name) = 0;
    virtual Task<Result<void>> put_bucket_acl(const Caller& caller, BucketName name, Acl acl) = 0;
    /// InvalidBucketStatus while any rule is alive.
    virtual Task<Result<void>> put_bucket_versioning(const Caller& caller,
                                                     BucketName name,
                                                     Versioning versioning) = 0;
    /// Of what is written from now on without a word about it; None = plain. Errors as of
    /// PutObjectRequest::encryption.
    virtual Task<Result<void>> put_bucket_encryption(const Caller& caller,
                                                     BucketName name,
                                                     Encryption encryption) = 0;
    /// Returns the policy's id (made here for a new one). Only of unversioned buckets:
    /// InvalidBucketStatus. Else the errors of antipode::change_retention().
    virtual Task<Result<std::string>> change_retention(const Caller& caller,
                                                       BucketName name,
                                                       RetentionChange change) = 0;
    virtual Task<Result<void>> put_bucket_tags(const Caller& caller,
                                               BucketName name,
                                               NamedValues tags) = 0;
    /// Replaces the lifecycle rules; none = removes them. Rules without an id get one. The errors
    /// of check_lifecycle(), EntityTooLarge.
    virtual Task<Result<void>> put_bucket_lifecycle(const Caller& caller,
                                                    BucketName name,
                                                    LifecycleRules rules,
                                                    bool allow_overlap) = 0;
    /// Needs Own; empty when there are none.
    virtual Task<Result<LifecycleRules>> find_bucket_lifecycle(const Caller& caller,
                                                               BucketName name) = 0;
    /// When lifecycle will remove the object, for who was shown it; nothing = never.
    [[nodiscard]] virtual std::optional<LifecycleExpiry> expiry(
        const BucketName& name, const ObjectVersion& latest) const = 0;
    /// Replaces (or with nullopt removes) a stored sub-resource document: kept and given back, not
    /// acted upon.
    virtual Task<Result<void>> put_bucket_configuration(const Caller& caller,
                                                        BucketName name,
                                                        std::string what,
                                                        std::optional<std::string> document) = 0;
    virtual Task<Result<void>> put_transfer_acceleration(const Caller& caller,
                                                         BucketName name,
                                                         bool enabled) = 0;

    /// Whether it is served at accelerate endpoints: for anybody, as they see that anyway.
    /// NoSuchBucket.
    virtual Task<Result<bool>> is_accelerated(BucketName name) = 0;

    /// This region: "cn-hangzhou".
    [[nodiscard]] virtual const std::string& region() const = 0;
};

}  // namespace antipode::object
