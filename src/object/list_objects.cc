#include "object/detail/object_service_impl.h"

namespace antipode::object {

std::string common_prefix_of(const std::string& key,
                             const std::string& prefix,
                             const std::string& delimiter) {
    if (delimiter.empty()) {
        return {};
    }
    const std::size_t found = key.find(delimiter, prefix.size());
    return found == std::string::npos ? std::string() : key.substr(0, found + delimiter.size());
}

namespace {

constexpr std::size_t kScanPage = 1000;

/// A marker that is itself a common prefix stands for all keys below it.
std::string start_after(const ListObjectsRequest& request) {
    const bool is_prefix =
        !request.delimiter.empty() && request.after.ends_with(request.delimiter) &&
        request.after.starts_with(request.prefix) &&
        common_prefix_of(request.after, request.prefix, request.delimiter) == request.after;
    return is_prefix ? behind_prefix(request.after) : request.after;
}

}  // namespace

Task<Result<ObjectList>> ObjectServiceImpl::list_objects(const Caller& caller,
                                                         ListObjectsRequest request) {
    CO_TRY(const BucketPtr bucket, bucket_for(caller, request.bucket, access::Need::Read));
    ObjectList list;
    std::string after = start_after(request);
    std::size_t count = 0;
    if (request.max_keys == 0) {
        co_return list;
    }
    while (true) {
        const std::size_t limit = std::min(kScanPage, request.max_keys - count + 1);
        CO_TRY(auto page,
               co_await catalog::scan_latest(bucket->partition(), request.prefix, after, limit));
        bool jumped = false;
        for (catalog::StoredVersion& stored : page.versions) {
            after = stored.version.key;
            if (stored.version.is_delete_marker) {
                continue;
            }
            if (count == request.max_keys) {
                list.is_truncated = true;
                co_return list;
            }
            ++count;
            const std::string common =
                common_prefix_of(stored.version.key, request.prefix, request.delimiter);
            if (common.empty()) {
                list.next_after = stored.version.key;
                list.objects.push_back(std::move(stored.version));
                continue;
            }
            list.next_after = common;
            list.common_prefixes.push_back(common);
            after = behind_prefix(common);
            jumped = true;
            break;
        }
        if (!jumped && !page.is_truncated) {
            list.next_after.clear();
            co_return list;
        }
    }
}

}  // namespace antipode::object
