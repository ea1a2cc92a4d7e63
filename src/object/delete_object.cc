#include "catalog/garbage.h"
#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

Result<void> check_seen(const SeenVersion& seen, const catalog::PurgeSight& sight) {
    if (sight.target == nullptr || sight.target->version != seen.version ||
        sight.is_latest != seen.is_latest || (seen.is_alone && !sight.is_alone)) {
        return fail(ErrorCode::PreconditionFailed, "the object has changed since it was seen");
    }
    return {};
}

Task<Result<Deleted>> purge(catalog::Catalog& catalog,
                            blob::BlobStore& blobs,
                            BucketPtr bucket,
                            std::string key,
                            std::optional<VersionOrder> order,
                            std::optional<SeenVersion> seen) {
    const auto config = bucket->config();
    catalog::PurgeVersion request{.key = std::move(key),
                                  .order = order,
                                  .removal_order = {},
                                  .arrived_from = {},
                                  .region = catalog.region(),
                                  .use_tombstones = config->has_live_rule()};
    request.precondition = [&bucket, &seen](const catalog::PurgeSight& sight) -> Result<void> {
        if (seen) {
            TRY_VOID(check_seen(*seen, sight));
        }
        return check_retention(*bucket->config(),
                               sight.target == nullptr ? nullptr : &sight.target->version);
    };
    CO_TRY(auto purged, co_await catalog::purge_version(bucket->partition(), std::move(request)));
    CO_TRY_VOID(co_await catalog::reap_bodies(bucket->partition(), blobs, std::move(purged.freed)));
    Deleted deleted{
        .show_version_id = is_versioned(*config), .version_id = {}, .is_delete_marker = false};
    deleted.version_id = order ? to_version_id(*order) : std::string(kNullVersionId);
    deleted.is_delete_marker = purged.removed && purged.removed->version.is_delete_marker;
    co_return deleted;
}

}  // namespace

Task<Result<Deleted>> ObjectServiceImpl::delete_object(const Caller& caller,
                                                       DeleteObjectRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Write));
    CO_TRY_VOID(check_object_key(request.key, false));
    const auto config = bucket->config();
    if (request.version_id) {
        std::optional<VersionOrder> order;
        if (*request.version_id != kNullVersionId) {
            CO_TRY(order, parse_version_id(*request.version_id));
        }
        co_return co_await purge(
            catalog_, blobs_, bucket, std::move(request.key), order, std::move(request.seen));
    }
    if (!is_versioned(*config)) {
        co_return co_await purge(catalog_,
                                 blobs_,
                                 bucket,
                                 std::move(request.key),
                                 std::nullopt,
                                 std::move(request.seen));
    }
    NewVersion marker{.bucket = bucket,
                      .stored = {},
                      .companions = {},
                      .forbid_overwrite = false,
                      .conditions = {},
                      .upon = std::move(request.seen)};
    marker.stored.version = new_version(caller, *config, std::move(request.key), {}, false);
    marker.stored.version.is_delete_marker = true;
    CO_TRY(const Written written, co_await commit_new(std::move(marker)));
    co_return Deleted{.show_version_id = true,
                      .version_id = written.version.version_id(),
                      .is_delete_marker = true};
}

}  // namespace antipode::object
