#include "oss/oss_routes.h"

#include <algorithm>
#include <array>
#include <string>

#include "oss/handlers.h"
#include "oss/v1_signature.h"

namespace antipode::oss {

namespace {

struct Route {
    Level level;
    std::string_view method;
    std::string_view sub_resource;  ///< "" = none.
    Handler handler;                ///< Null = known, but not built: 501.
};

constexpr Handler kNotBuilt = nullptr;

// The first row whose method fits and whose sub-resource is in the query answers.
constexpr std::array kRoutes{
    Route{Level::Service, "GET", "regions", describe_regions},
    Route{Level::Service, "GET", "", list_buckets},

    Route{Level::Bucket, "POST", "replication", post_bucket_replication},
    Route{Level::Bucket, "GET", "replication", get_bucket_replication},
    Route{Level::Bucket, "GET", "replicationLocation", get_replication_location},
    Route{Level::Bucket, "GET", "replicationProgress", get_replication_progress},
    Route{Level::Bucket, "PUT", "rtc", put_bucket_rtc},
    Route{Level::Bucket, "GET", "bucketInfo", get_bucket_info},
    Route{Level::Bucket, "GET", "location", get_bucket_location},
    Route{Level::Bucket, "GET", "stat", get_bucket_stat},
    Route{Level::Bucket, "PUT", "acl", put_bucket_acl},
    Route{Level::Bucket, "GET", "acl", get_bucket_acl},
    Route{Level::Bucket, "PUT", "versioning", put_bucket_versioning},
    Route{Level::Bucket, "GET", "versioning", get_bucket_versioning},
    Route{Level::Bucket, "PUT", "tagging", put_bucket_tags},
    Route{Level::Bucket, "GET", "tagging", get_bucket_tags},
    Route{Level::Bucket, "DELETE", "tagging", delete_bucket_tags},
    Route{Level::Bucket, "PUT", "transferAcceleration", put_transfer_acceleration},
    Route{Level::Bucket, "GET", "transferAcceleration", get_transfer_acceleration},
    Route{Level::Bucket, "PUT", "lifecycle", put_bucket_lifecycle},
    Route{Level::Bucket, "GET", "lifecycle", get_bucket_lifecycle},
    Route{Level::Bucket, "DELETE", "lifecycle", delete_bucket_lifecycle},
    Route{Level::Bucket, "PUT", "cors", kNotBuilt},
    Route{Level::Bucket, "GET", "cors", get_bucket_configuration},
    Route{Level::Bucket, "DELETE", "cors", delete_bucket_configuration},
    Route{Level::Bucket, "PUT", "website", kNotBuilt},
    Route{Level::Bucket, "GET", "website", get_bucket_configuration},
    Route{Level::Bucket, "DELETE", "website", delete_bucket_configuration},
    Route{Level::Bucket, "PUT", "policy", kNotBuilt},
    Route{Level::Bucket, "GET", "policy", get_bucket_configuration},
    Route{Level::Bucket, "DELETE", "policy", delete_bucket_configuration},
    Route{Level::Bucket, "PUT", "encryption", put_bucket_encryption},
    Route{Level::Bucket, "GET", "encryption", get_bucket_encryption},
    Route{Level::Bucket, "DELETE", "encryption", delete_bucket_encryption},
    Route{Level::Bucket, "PUT", "logging", kNotBuilt},
    Route{Level::Bucket, "GET", "logging", get_bucket_configuration},
    Route{Level::Bucket, "DELETE", "logging", delete_bucket_configuration},
    Route{Level::Bucket, "PUT", "referer", kNotBuilt},
    Route{Level::Bucket, "GET", "referer", get_bucket_configuration},
    Route{Level::Bucket, "PUT", "requestPayment", kNotBuilt},
    Route{Level::Bucket, "GET", "requestPayment", get_bucket_configuration},
    Route{Level::Bucket, "GET", "worm", get_bucket_worm},
    Route{Level::Bucket, "POST", "worm", initiate_bucket_worm},
    Route{Level::Bucket, "DELETE", "worm", abort_bucket_worm},
    Route{Level::Bucket, "POST", "wormExtend", extend_bucket_worm},
    Route{Level::Bucket, "POST", "wormId", complete_bucket_worm},
    Route{Level::Bucket, "PUT", "inventory", kNotBuilt},
    Route{Level::Bucket, "GET", "inventory", get_bucket_configuration},
    Route{Level::Bucket, "DELETE", "inventory", kNotBuilt},
    Route{Level::Bucket, "GET", "versions", list_object_versions},
    Route{Level::Bucket, "GET", "uploads", list_uploads},
    Route{Level::Bucket, "POST", "delete", delete_objects},
    Route{Level::Bucket, "PUT", "", put_bucket},
    Route{Level::Bucket, "DELETE", "", delete_bucket},
    Route{Level::Bucket, "GET", "", list_objects},
    Route{Level::Bucket, "HEAD", "", head_bucket},
    Route{Level::Bucket, "POST", "", post_object},
    Route{Level::Bucket, "OPTIONS", "", answer_preflight},

    Route{Level::Object, "POST", "append", append_object},
    Route{Level::Object, "POST", "uploads", create_upload},
    Route{Level::Object, "PUT", "uploadId", upload_part},
    Route{Level::Object, "POST", "uploadId", complete_upload},
    Route{Level::Object, "DELETE", "uploadId", abort_upload},
    Route{Level::Object, "GET", "uploadId", list_parts},
    Route{Level::Object, "PUT", "acl", put_object_acl},
    Route{Level::Object, "GET", "acl", get_object_acl},
    Route{Level::Object, "PUT", "tagging", put_object_tags},
    Route{Level::Object, "GET", "tagging", get_object_tags},
    Route{Level::Object, "DELETE", "tagging", delete_object_tags},
    Route{Level::Object, "PUT", "symlink", put_symlink},
    Route{Level::Object, "GET", "symlink", get_symlink},
    Route{Level::Object, "HEAD", "symlink", get_symlink},
    Route{Level::Object, "HEAD", "objectMeta", get_object_meta},
    // Its answer announces a length that has no body; only HEAD can do that.
    Route{Level::Object, "GET", "objectMeta", kNotBuilt},
    Route{Level::Object, "POST", "restore", restore_object},
    Route{Level::Object, "PUT", "", put_object},
    Route{Level::Object, "GET", "", get_object},
    Route{Level::Object, "HEAD", "", head_object},
    Route{Level::Object, "DELETE", "", delete_object},
    Route{Level::Object, "OPTIONS", "", answer_preflight},
};

// Parameters of verbs, which name no verb themselves. Sorted.
constexpr std::array<std::string_view, 34> kModifiers{
    "Expires",
    "OSSAccessKeyId",
    "Signature",
    "comp",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "inventoryId",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "partNumber",
    "position",
    "prefix",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "rule-id",
    "security-token",
    "sequential",
    "start-after",
    "tag-key",
    "tag-value",
    "upload-id-marker",
    "version-id-marker",
    "versionId",
};
static_assert(std::ranges::is_sorted(kModifiers));

// Of the x-oss-* parameters these change what is answered.
constexpr std::array<std::string_view, 3> kProcessing{
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-write-get-object-response",
};

bool is_sub_resource(Level level, std::string_view name) {
    return !name.empty() && std::ranges::any_of(kRoutes, [&](const Route& route) {
        return route.level == level && route.sub_resource == name;
    });
}

/// Whether the parameter asks for something that is not built: a published sub-resource, or a name
/// without a value, as sub-resources are written. Others are ignored, as the service does.
bool is_not_built(const codec::QueryParameter& parameter) {
    const std::string_view name = parameter.name;
    if (name.starts_with("x-oss-")) {
        return std::ranges::find(kProcessing, name) != kProcessing.end();
    }
    if (std::ranges::binary_search(kModifiers, name)) {
        return false;
    }
    return is_published_parameter(name) || parameter.value.empty();
}

}  // namespace

Result<Handler> find_handler(std::string_view method, Level level, const codec::Query& query) {
    bool names_a_sub_resource = false;
    for (const codec::QueryParameter& parameter : query.all()) {
        if (is_sub_resource(level, parameter.name)) {
            names_a_sub_resource = true;
        } else if (is_not_built(parameter)) {
            return refuse_not_built(parameter.name);
        }
    }
    for (const Route& route : kRoutes) {
        const bool fits =
            names_a_sub_resource ? query.contains(route.sub_resource) : route.sub_resource.empty();
        if (route.level != level || route.method != method || !fits) {
            continue;
        }
        if (route.handler == kNotBuilt) {
            return refuse_not_built(std::string(method) + " ?" + std::string(route.sub_resource));
        }
        return route.handler;
    }
    return fail(ErrorCode::MethodNotAllowed);
}

}  // namespace antipode::oss
