#include "s3/detail/router.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

namespace antipode::s3 {

namespace {

using codec::Query;

struct Route {
    std::string_view method;
    std::string_view parameter;  ///< Must be in the query.
    Verb verb;
};

/// Looked through in order; the first whose method and parameter fit counts.
constexpr auto kBucketRoutes = std::to_array<Route>({
    {"GET", "location", get_bucket_location},
    {"GET", "accelerate", get_bucket_accelerate},
    {"PUT", "accelerate", put_bucket_accelerate},
    {"GET", "acl", get_bucket_acl},
    {"PUT", "acl", put_bucket_acl},
    {"GET", "versioning", get_bucket_versioning},
    {"PUT", "versioning", put_bucket_versioning},
    {"GET", "tagging", get_bucket_tagging},
    {"PUT", "tagging", put_bucket_tagging},
    {"DELETE", "tagging", delete_bucket_tagging},
    {"GET", "encryption", get_bucket_encryption},
    {"PUT", "encryption", put_bucket_encryption},
    {"DELETE", "encryption", delete_bucket_encryption},
    {"GET", "lifecycle", get_bucket_lifecycle},
    {"PUT", "lifecycle", put_bucket_lifecycle},
    {"DELETE", "lifecycle", delete_bucket_lifecycle},
    {"GET", "replication", get_bucket_replication},
    {"PUT", "replication", put_bucket_replication},
    {"DELETE", "replication", delete_bucket_replication},
    {"GET", "versions", list_object_versions},
    {"GET", "uploads", list_uploads},
    {"POST", "delete", delete_objects},
});

constexpr auto kObjectRoutes = std::to_array<Route>({
    {"POST", "uploads", create_upload},
    {"POST", "uploadId", complete_upload},
    {"DELETE", "uploadId", abort_upload},
    {"GET", "uploadId", list_parts},
    {"GET", "acl", get_object_acl},
    {"PUT", "acl", put_object_acl},
    {"GET", "tagging", get_object_tagging},
    {"PUT", "tagging", put_object_tagging},
    {"DELETE", "tagging", delete_object_tagging},
    {"GET", "attributes", get_object_attributes},
    {"GET", "retention", get_unset_object_configuration},
    {"GET", "legal-hold", get_unset_object_configuration},
});

/// What a bucket may be asked for though it never has one here.
constexpr std::array<std::string_view, 11> kUnset = {"policy",
                                                     "policyStatus",
                                                     "cors",
                                                     "object-lock",
                                                     "publicAccessBlock",
                                                     "ownershipControls",
                                                     "notification",
                                                     "logging",
                                                     "requestPayment",
                                                     "accelerate",
                                                     "website"};

/// Every sub-resource S3 has: what is not routed is refused by name.
constexpr auto kSubresources = std::to_array<std::string_view>({"accelerate",
                                                                "acl",
                                                                "analytics",
                                                                "append",
                                                                "attributes",
                                                                "cors",
                                                                "delete",
                                                                "encryption",
                                                                "intelligent-tiering",
                                                                "inventory",
                                                                "legal-hold",
                                                                "lifecycle",
                                                                "location",
                                                                "logging",
                                                                "metadataTable",
                                                                "metadataConfiguration",
                                                                "metrics",
                                                                "notification",
                                                                "object-lock",
                                                                "ownershipControls",
                                                                "partNumber",
                                                                "policy",
                                                                "policyStatus",
                                                                "publicAccessBlock",
                                                                "replication",
                                                                "requestPayment",
                                                                "renameObject",
                                                                "restore",
                                                                "retention",
                                                                "select",
                                                                "session",
                                                                "tagging",
                                                                "torrent",
                                                                "uploadId",
                                                                "uploads",
                                                                "versioning",
                                                                "versions",
                                                                "website",
                                                                "abac"});

const Route* find_route(std::span<const Route> routes,
                        std::string_view method,
                        const Query& query) {
    const auto found = std::ranges::find_if(routes, [&](const Route& route) {
        return route.method == method && query.contains(route.parameter);
    });
    return found == routes.end() ? nullptr : &*found;
}

S3Result<void> refuse_subresource(const http::Request& request,
                                  const Query& query,
                                  bool part_number_is_known) {
    for (const std::string_view name : kSubresources) {
        if (query.contains(name) && !(part_number_is_known && name == "partNumber")) {
            return refuse_not_implemented(fmt::format("{} ?{}", request.method, name));
        }
    }
    return {};
}

S3Result<Verb> route_bucket(const http::Request& request, const Query& query, bool has_form) {
    if (const Route* route = find_route(kBucketRoutes, request.method, query)) {
        return route->verb;
    }
    const bool is_unset =
        std::ranges::any_of(kUnset, [&](std::string_view name) { return query.contains(name); });
    if (is_unset && request.method == "GET") {
        return get_unset_configuration;
    }
    if (is_unset && request.method == "DELETE") {
        return delete_unset_configuration;
    }
    TRY_VOID(refuse_subresource(request, query, false));
    if (request.method == "GET") {
        return query.get("list-type") == "2" ? list_objects_v2 : list_objects;
    }
    if (request.method == "PUT") {
        return create_bucket;
    }
    if (request.method == "HEAD") {
        return head_bucket;
    }
    if (request.method == "DELETE") {
        return delete_bucket;
    }
    if (request.method == "POST") {
        if (!has_form) {
            return refuse(words::kMethodNotAllowed);
        }
        return post_object;
    }
    return refuse(words::kMethodNotAllowed);
}

S3Result<Verb> route_object(const http::Request& request, const Query& query) {
    const bool is_copy = request.headers.contains("x-amz-copy-source");
    if (request.method == "PUT" && query.contains("partNumber") && query.contains("uploadId")) {
        return is_copy ? copy_part : upload_part;
    }
    if (const Route* route = find_route(kObjectRoutes, request.method, query)) {
        return route->verb;
    }
    const bool is_read = request.method == "GET" || request.method == "HEAD";
    TRY_VOID(refuse_subresource(request, query, is_read));
    if (is_read) {
        return get_object;
    }
    if (request.method == "PUT") {
        return is_copy ? copy_object : put_object;
    }
    if (request.method == "DELETE") {
        return delete_object;
    }
    return refuse(words::kMethodNotAllowed);
}

}  // namespace

S3Result<Verb> route(const http::Request& request, const protocol::ParsedRequest& parsed) {
    if (request.method == "OPTIONS") {
        return refuse(words::kAccessForbidden);
    }
    if (parsed.bucket.empty()) {
        if (request.method == "GET" && parsed.key.empty()) {
            return list_buckets;
        }
        return refuse(words::kMethodNotAllowed);
    }
    const Query& query = parsed.target.query;
    return parsed.key.empty() ? route_bucket(request, query, parsed.form != nullptr)
                              : route_object(request, query);
}

}  // namespace antipode::s3
