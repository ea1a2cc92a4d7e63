#include "oss/v1_signature.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/base64.h"
#include "crypto/hmac.h"

namespace antipode::oss {

namespace {

// Sorted, for binary_search.
constexpr std::array<std::string_view, 88> kSigned{
    "accessPoint",
    "accessPointPolicy",
    "acl",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cloudboxes",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "delete",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "img",
    "inventory",
    "inventoryId",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectMeta",
    "partNumber",
    "policy",
    "position",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "redundancyTransition",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "resourceGroup",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "rtc",
    "security-token",
    "sequential",
    "startTime",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "udf",
    "udfApplication",
    "udfApplicationLog",
    "udfId",
    "udfImage",
    "udfImageDesc",
    "udfName",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "vod",
    "website",
    "withHashContext",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-ac-forward-allow",
    "x-oss-ac-source-ip",
    "x-oss-ac-subnet-mask",
    "x-oss-ac-vpc-id",
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-request-payer",
    "x-oss-traffic-limit",
};
static_assert(std::ranges::is_sorted(kSigned));

// Pages of listings and the signature itself: no client signs them.
constexpr std::array<std::string_view, 20> kNeverSigned{
    "Expires",
    "OSSAccessKeyId",
    "Signature",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "key-marker",
    "list-type",
    "marker",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "start-after",
    "tag-key",
    "tag-value",
    "upload-id-marker",
    "version-id-marker",
    "x-oss-signature",
};
static_assert(std::ranges::is_sorted(kNeverSigned));

bool is_signed(std::string_view name, SignedParameters parameters) {
    if (std::ranges::binary_search(kSigned, name) || name.starts_with("x-oss-")) {
        return true;
    }
    return parameters == SignedParameters::ListedAndRest &&
           !std::ranges::binary_search(kNeverSigned, name);
}

void append_headers(std::string& out, const http::Headers& headers) {
    std::map<std::string, std::string> named;
    for (const auto& [name, value] : headers.all()) {
        std::string low = codec::to_lower(name);
        if (low.starts_with("x-oss-")) {
            named.try_emplace(std::move(low), trimmed(value));
        }
    }
    for (const auto& [name, value] : named) {
        out.append(name).append(":").append(value).append("\n");
    }
}

void append_parameters(std::string& out, const codec::Query& query, SignedParameters parameters) {
    std::map<std::string_view, std::string_view> named;
    for (const codec::QueryParameter& parameter : query.all()) {
        if (is_signed(parameter.name, parameters)) {
            named.try_emplace(parameter.name, parameter.value);
        }
    }
    char separator = '?';
    for (const auto& [name, value] : named) {
        out.push_back(separator);
        separator = '&';
        out.append(name);
        if (!value.empty()) {
            out.append("=").append(value);
        }
    }
}

}  // namespace

bool is_published_parameter(std::string_view name) {
    return std::ranges::binary_search(kSigned, name);
}

std::string v1_string_to_sign(const CanonicalInput& input,
                              std::string_view date,
                              SignedParameters parameters) {
    std::string text(input.method);
    text.append("\n").append(input.headers.get("content-md5"));
    text.append("\n").append(input.headers.get("content-type"));
    text.append("\n").append(date).append("\n");
    append_headers(text, input.headers);
    text.append(resource_path(input));
    append_parameters(text, input.query, parameters);
    return text;
}

std::string v1_signature(std::string_view secret, std::string_view string_to_sign) {
    return codec::base64_encode(
        crypto::hmac_sha1(as_bytes(secret), as_bytes(string_to_sign)).bytes());
}

}  // namespace antipode::oss
