#include "s3/detail/sigv2.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/base64.h"
#include "codec/http_date.h"
#include "crypto/constant_time.h"
#include "crypto/hmac.h"

namespace antipode::s3 {

namespace {

constexpr auto kSignedParameters = std::to_array<std::string_view>({
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "encryption",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
});

std::string canonical_amz_headers(const http::Headers& headers) {
    std::map<std::string, std::string> fields;
    for (const auto& [field, value] : headers.all()) {
        if (codec::starts_with_without_case(field, "x-amz-")) {
            std::string& joined = fields[codec::to_lower(field)];
            joined += joined.empty() ? "" : ",";
            joined += codec::trim(value);
        }
    }
    std::string out;
    for (const auto& [name, value] : fields) {
        out += fmt::format("{}:{}\n", name, value);
    }
    return out;
}

std::string canonical_resource(const protocol::ParsedRequest& parsed) {
    std::string out = parsed.is_virtual_hosted ? "/" + parsed.bucket : std::string();
    out += parsed.target.raw_path;
    std::vector<std::string> parts;
    for (const codec::QueryParameter& parameter : parsed.target.query.all()) {
        if (std::ranges::find(kSignedParameters, parameter.name) != kSignedParameters.end()) {
            parts.push_back(parameter.has_equals ? parameter.name + "=" + parameter.value
                                                 : parameter.name);
        }
    }
    std::ranges::sort(parts);
    if (!parts.empty()) {
        out += fmt::format("?{}", fmt::join(parts, "&"));
    }
    return out;
}

S3Result<Authentication> verify(const SigningContext& context,
                                const std::string& key_id,
                                std::string_view signature,
                                const std::string& to_sign) {
    TRY(const access::AccessKey key, find_key(context, key_id));
    const crypto::Digest mac = crypto::hmac_sha1(as_bytes(key.secret), as_bytes(to_sign));
    if (!crypto::constant_time_equal(codec::base64_encode(mac.bytes()), signature)) {
        return refuse(S3Error(words::kSignatureDoesNotMatch)
                          .with("AWSAccessKeyId", key_id)
                          .with("StringToSign", to_sign)
                          .with("SignatureProvided", std::string(signature)));
    }
    Authentication authentication;
    authentication.principal = {
        .account = key.account, .access_key = key.id, .is_root = key.is_root};
    return authentication;
}

/// V2 knows no signed chunks: there is no key to go on from.
S3Result<void> read_payload(const http::Request& request, Authentication& authentication) {
    const std::string_view hash = request.headers.get("x-amz-content-sha256");
    if (hash.empty()) {
        return {};
    }
    TRY_VOID(read_payload_kind(hash, authentication));
    if (authentication.payload == PayloadKind::SignedChunks ||
        authentication.payload == PayloadKind::SignedChunksAndTrailer) {
        return refuse(words::kInvalidRequest, "A body with signed chunks needs AWS4-HMAC-SHA256.");
    }
    return {};
}

}  // namespace

std::string v2_string_to_sign(const http::Request& request,
                              const protocol::ParsedRequest& parsed,
                              std::string_view date) {
    return fmt::format("{}\n{}\n{}\n{}\n{}{}",
                       request.method,
                       request.headers.get("content-md5"),
                       request.headers.get("content-type"),
                       date,
                       canonical_amz_headers(request.headers),
                       canonical_resource(parsed));
}

S3Result<Authentication> authenticate_v2_header(const SigningContext& context,
                                                const http::Request& request,
                                                const protocol::ParsedRequest& parsed) {
    std::string_view claim = request.headers.get("authorization");
    claim.remove_prefix(std::min(claim.size(), std::string_view("AWS ").size()));
    const std::size_t colon = claim.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        return refuse(words::kInvalidArgument,
                      "AWS authorization header is invalid. Expected AwsAccessKeyId:signature");
    }
    const std::string_view amz_date = request.headers.get("x-amz-date");
    const std::string_view date = amz_date.empty() ? request.headers.get("date") : amz_date;
    const std::optional<runtime::WallTime> sent = codec::parse_http_date(date);
    if (!sent) {
        return refuse(words::kAccessDenied,
                      "AWS authentication requires a valid Date or x-amz-date header");
    }
    TRY_VOID(check_skew(*sent, parsed.now, date));
    const std::string to_sign =
        v2_string_to_sign(request, parsed, amz_date.empty() ? date : std::string_view());
    TRY(Authentication authentication,
        verify(context, std::string(claim.substr(0, colon)), claim.substr(colon + 1), to_sign));
    TRY_VOID(read_payload(request, authentication));
    return authentication;
}

S3Result<Authentication> authenticate_v2_query(const SigningContext& context,
                                               const http::Request& request,
                                               const protocol::ParsedRequest& parsed) {
    const codec::Query& query = parsed.target.query;
    const std::string_view expires = query.get("Expires");
    std::int64_t seconds = 0;
    const auto [end, error] =
        std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
    if (query.get("Signature").empty() || expires.empty()) {
        return refuse(words::kAccessDenied,
                      "Query-string authentication requires the Signature, Expires and "
                      "AWSAccessKeyId parameters");
    }
    if (error != std::errc() || end != expires.data() + expires.size()) {
        return refuse(words::kAccessDenied, "Invalid date (should be seconds since epoch)");
    }
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::seconds>(parsed.now.time_since_epoch()).count();
    if (now > seconds) {
        return refuse(S3Error(words::kAccessDenied, "Request has expired")
                          .with("Expires", std::string(expires)));
    }
    const std::string to_sign = v2_string_to_sign(request, parsed, expires);
    TRY(Authentication authentication,
        verify(context, std::string(query.get("AWSAccessKeyId")), query.get("Signature"), to_sign));
    TRY_VOID(read_payload(request, authentication));
    return authentication;
}

}  // namespace antipode::s3
