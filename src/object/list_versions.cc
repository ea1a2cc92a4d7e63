#include "object/detail/object_service_impl.h"

namespace antipode::object {

namespace {

constexpr std::size_t kScanPage = 1000;

Task<Result<catalog::VersionPlace>> start_place(BucketPtr bucket,
                                                const ListVersionsRequest& request) {
    catalog::VersionPlace place{.key = request.key_marker, .order = {}};
    const bool is_prefix =
        !request.delimiter.empty() &&
        common_prefix_of(request.key_marker, request.prefix, request.delimiter) ==
            request.key_marker;
    if (!request.key_marker.empty() && is_prefix) {
        place.key = behind_prefix(request.key_marker);
        co_return place;
    }
    if (request.version_id_marker && !request.version_id_marker->empty()) {
        if (*request.version_id_marker == kNullVersionId) {
            CO_TRY(const auto found,
                   co_await catalog::find_null_version(bucket->partition(), request.key_marker));
            if (found) {
                place.order = found->version.order;
            }
        } else {
            CO_TRY(place.order, parse_version_id(*request.version_id_marker));
        }
    }
    co_return place;
}

}  // namespace

Task<Result<VersionList>> ObjectServiceImpl::list_versions(const Caller& caller,
                                                           ListVersionsRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Read));
    CO_TRY(catalog::VersionPlace place, co_await start_place(bucket, request));
    VersionList list;
    std::size_t count = 0;
    if (request.max_keys == 0) {
        co_return list;
    }
    while (true) {
        const std::size_t limit = std::min(kScanPage, request.max_keys - count + 1);
        CO_TRY(auto page,
               co_await catalog::scan_versions(bucket->partition(), request.prefix, place, limit));
        bool jumped = false;
        for (auto& entry : page.entries) {
            ObjectVersion& version = entry.stored.version;
            if (count == request.max_keys) {
                list.is_truncated = true;
                co_return list;
            }
            ++count;
            const std::string common =
                common_prefix_of(version.key, request.prefix, request.delimiter);
            if (!common.empty()) {
                list.common_prefixes.push_back(common);
                list.next_key_marker = common;
                list.next_version_id_marker.clear();
                place = {.key = behind_prefix(common), .order = {}};
                jumped = true;
                break;
            }
            place = {.key = version.key, .order = version.order};
            list.next_key_marker = version.key;
            list.next_version_id_marker = version.version_id();
            list.versions.push_back({.version = std::move(version), .is_latest = entry.is_latest});
        }
        if (!jumped && !page.is_truncated) {
            list.next_key_marker.clear();
            list.next_version_id_marker.clear();
            co_return list;
        }
    }
}

}  // namespace antipode::object
