#include "object/detail/object_service_impl.h"

namespace antipode::object {

Task<Result<Written>> ObjectServiceImpl::change_named(
    const Caller& caller, VersionName name, std::function<Result<void>(ObjectVersion&)> change) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, name.bucket, access::Need::Write));
    CO_TRY(const auto found, co_await find_named(bucket, name.key, name.version_id));
    catalog::ChangeAttributes request{.key = name.key,
                                      .order = found.version.order,
                                      .is_null = found.version.is_null,
                                      .region = catalog_.region(),
                                      .change = std::move(change)};
    auto changed = co_await catalog::change_attributes(bucket->partition(), std::move(request));
    if (!changed && changed.error().code == ErrorCode::NotFound) {
        co_return fail(ErrorCode::NoSuchKey, "The specified key does not exist.");
    }
    CO_TRY_VOID(changed);
    co_return Written{.version = std::move(changed->version),
                      .show_version_id = is_versioned(*bucket->config()),
                      .next_position = 0};
}

Task<Result<Written>> ObjectServiceImpl::put_object_acl(const Caller& caller,
                                                        VersionName name,
                                                        Acl acl) {
    CO_TRY_VOID(bucket_for(caller, name.bucket, access::Need::Own));
    co_return co_await change_named(
        caller, std::move(name), [acl](ObjectVersion& version) -> Result<void> {
            version.attributes.acl = acl;
            return {};
        });
}

Task<Result<Written>> ObjectServiceImpl::put_object_tags(const Caller& caller,
                                                         VersionName name,
                                                         NamedValues tags) {
    co_return co_await change_named(
        caller, std::move(name), [tags = std::move(tags)](ObjectVersion& version) -> Result<void> {
            version.attributes.tags = tags;
            return {};
        });
}

Task<Result<Written>> ObjectServiceImpl::change_class(const Caller& caller,
                                                      BucketName bucket,
                                                      ObjectVersion seen,
                                                      StorageClass to) {
    VersionName name{.bucket = std::move(bucket), .key = seen.key, .version_id = seen.version_id()};
    co_return co_await change_named(
        caller,
        std::move(name),
        [seen = std::move(seen), to](ObjectVersion& version) -> Result<void> {
            if (version != seen) {
                return fail(ErrorCode::PreconditionFailed,
                            "the object has changed since it was seen");
            }
            version.attributes.storage_class = to;
            return {};
        });
}

Task<Result<Written>> ObjectServiceImpl::describe_object(const Caller& caller, VersionName name) {
    const BucketPtr bucket = catalog_.find_bucket(name.bucket);
    if (!bucket) {
        co_return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
    }
    const auto config = bucket->config();
    auto found = co_await find_named(bucket, name.key, name.version_id);
    if (!found) {
        CO_TRY_VOID(access::may_use_bucket(caller.principal, *config, access::Need::Read));
        co_return fail(std::move(found).error());
    }
    CO_TRY_VOID(access::may_read_object(caller.principal, *config, found->version));
    Written written{.version = std::move(found->version),
                    .show_version_id = is_versioned(*config),
                    .next_position = 0};
    written.next_position = written.version.size_bytes;
    co_return written;
}

}  // namespace antipode::object
