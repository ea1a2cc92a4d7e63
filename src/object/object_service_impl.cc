#include "object/detail/object_service_impl.h"

#include "catalog/garbage.h"
#include "object/service.h"

namespace antipode::object {

std::unique_ptr<ObjectService> make_object_service(catalog::Catalog& catalog,
                                                   blob::BlobStore& blobs,
                                                   sealing::KeySource* keys) {
    return std::make_unique<ObjectServiceImpl>(catalog, blobs, keys);
}

Result<BodySeal> ObjectServiceImpl::seal_for(const Bucket& bucket,
                                             const std::optional<Encryption>& asked) const {
    BodySeal seal{
        .keys = keys_, .encryption = asked.value_or(bucket.encryption), .context = bucket.id};
    TRY_VOID(check_encryption(keys_, seal.encryption));
    return seal;
}

Result<BucketPtr> ObjectServiceImpl::bucket_for(const Caller& caller,
                                                const BucketName& name,
                                                access::Need need) const {
    auto bucket = catalog_.find_bucket(name);
    if (!bucket) {
        return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
    }
    TRY_VOID(access::may_use_bucket(caller.principal, *bucket->config(), need));
    return bucket;
}

ObjectVersion ObjectServiceImpl::new_version(const Caller& caller,
                                             const Bucket& bucket,
                                             std::string key,
                                             ObjectAttributes attributes,
                                             bool storage_class_given) const {
    ObjectVersion version;
    version.key = std::move(key);
    version.order.origin = catalog_.region();
    version.is_null = bucket.versioning != Versioning::Enabled;
    version.owner = caller.principal.is_anonymous() ? bucket.owner : caller.principal.account;
    version.attributes = std::move(attributes);
    if (!storage_class_given) {
        version.attributes.storage_class = bucket.storage_class;
    }
    return version;
}

namespace {

Result<void> check_write(const Bucket& bucket,
                         bool forbid_overwrite,
                         const Conditions& conditions,
                         const catalog::StoredVersion* latest) {
    const bool is_there = latest != nullptr && !latest->version.is_delete_marker;
    if (forbid_overwrite && !is_versioned(bucket) && is_there) {
        return fail(ErrorCode::ObjectAlreadyExists,
                    "The object you specified already exists and can not be overwritten.");
    }
    const ObjectVersion* there = is_there ? &latest->version : nullptr;
    if (there == nullptr && !conditions.if_match.empty()) {
        return fail(ErrorCode::NoSuchKey, "The specified key does not exist.");
    }
    auto checked = check_conditions(conditions, there);
    if (!checked && checked.error().code == ErrorCode::NotModified) {
        // A write is never "not modified".
        return fail(ErrorCode::PreconditionFailed,
                    "At least one of the pre-conditions you specified did not hold.");
    }
    return checked;
}

}  // namespace

Task<Result<Written>> ObjectServiceImpl::commit_new(NewVersion request) {
    const BucketPtr bucket = request.bucket;
    const auto config = bucket->config();
    catalog::PutVersion put{.stored = request.stored,
                            .is_local = true,
                            .companions = std::move(request.companions),
                            .precondition = {},
                            .use_tombstones = config->has_live_rule()};
    put.precondition =
        [&bucket, &config, &request](const catalog::StoredVersion* latest) -> Result<void> {
        if (request.upon && (latest == nullptr || latest->version != request.upon->version)) {
            return fail(ErrorCode::PreconditionFailed, "the object has changed since it was seen");
        }
        TRY_VOID(check_write(*config, request.forbid_overwrite, request.conditions, latest));
        return check_retention(*bucket->config(), latest == nullptr ? nullptr : &latest->version);
    };
    auto done = co_await catalog::put_version(bucket->partition(), std::move(put));
    if (!done) {
        // An unknown outcome may have named the bytes: the next start tells, the space is not given
        // away before.
        if (done.error().code != ErrorCode::MaybeCommitted) {
            discard(blobs_, request.stored.body.pieces);
        }
        co_return fail(std::move(done).error());
    }
    CO_TRY_VOID(co_await catalog::reap_bodies(bucket->partition(), blobs_, std::move(done->freed)));
    Written written{.version = std::move(done->stored.version),
                    .show_version_id = is_versioned(*config),
                    .next_position = 0};
    written.next_position = written.version.size_bytes;
    co_return written;
}

Task<Result<catalog::StoredVersion>> ObjectServiceImpl::find_named(
    BucketPtr bucket, std::string key, std::optional<std::string> version_id) {
    catalog::Partition& partition = bucket->partition();
    std::optional<catalog::StoredVersion> found;
    if (!version_id) {
        CO_TRY(found, co_await catalog::find_latest(partition, key));
        if (!found) {
            co_return fail(ErrorCode::NoSuchKey, "The specified key does not exist.");
        }
        if (found->version.is_delete_marker) {
            // The gateways show the marker's id; the message carries it.
            co_return fail(ErrorCode::NoSuchKey, found->version.version_id());
        }
        co_return std::move(*found);
    }
    if (*version_id == kNullVersionId) {
        CO_TRY(found, co_await catalog::find_null_version(partition, key));
    } else {
        CO_TRY(const VersionOrder order, parse_version_id(*version_id));
        CO_TRY(found, co_await catalog::find_version(partition, key, order));
        if (found && found->version.is_null) {
            found.reset();
        }
    }
    if (!found) {
        co_return fail(ErrorCode::NoSuchVersion, "The specified version does not exist.");
    }
    if (found->version.is_delete_marker) {
        co_return fail(ErrorCode::IsDeleteMarker, found->version.version_id());
    }
    co_return std::move(*found);
}

}  // namespace antipode::object
