#include "s3/detail/authentication.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/hex.h"
#include "codec/http_date.h"
#include "protocol/limits.h"
#include "s3/detail/sigv2.h"
#include "s3/detail/sigv4.h"

namespace antipode::s3 {

namespace {

constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
constexpr std::string_view kChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kChunksAndTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
constexpr std::string_view kUnsignedAndTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

S3Result<Authentication> anonymous(const http::Request& request) {
    Authentication authentication;
    const std::string_view hash = request.headers.get("x-amz-content-sha256");
    if (!hash.empty()) {
        TRY_VOID(read_payload_kind(hash, authentication));
    }
    if (authentication.payload == PayloadKind::SignedChunks ||
        authentication.payload == PayloadKind::SignedChunksAndTrailer) {
        return refuse(words::kAccessDenied, "A body with signed chunks needs a signed request.");
    }
    return authentication;
}

}  // namespace

S3Result<void> read_payload_kind(std::string_view value, Authentication& authentication) {
    if (value == kUnsignedPayload) {
        authentication.payload = PayloadKind::Unsigned;
    } else if (value == kChunks) {
        authentication.payload = PayloadKind::SignedChunks;
    } else if (value == kChunksAndTrailer) {
        authentication.payload = PayloadKind::SignedChunksAndTrailer;
    } else if (value == kUnsignedAndTrailer) {
        authentication.payload = PayloadKind::UnsignedChunksAndTrailer;
    } else if (value.starts_with("STREAMING-AWS4-ECDSA")) {
        return refuse_not_implemented(value);
    } else {
        const std::optional<Bytes> hash = codec::hex_decode(value);
        if (!hash || hash->size() != 32) {
            return refuse(words::kInvalidArgument,
                          "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
                          "STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a "
                          "valid sha256 value.");
        }
        authentication.payload = PayloadKind::Hashed;
        authentication.payload_sha256 = to_string(*hash);
    }
    return {};
}

S3Result<access::AccessKey> find_key(const SigningContext& context, const std::string& id) {
    std::optional<access::AccessKey> key = context.keyring.find(id);
    if (!key) {
        return refuse(S3Error(words::kInvalidAccessKeyId).with("AWSAccessKeyId", id));
    }
    return std::move(*key);
}

S3Result<void> check_skew(runtime::WallTime sent, runtime::WallTime now, std::string_view time) {
    if (sent > now + protocol::kClockSkewMax || sent < now - protocol::kClockSkewMax) {
        const auto skew = std::chrono::milliseconds(protocol::kClockSkewMax).count();
        return refuse(S3Error(words::kRequestTimeTooSkewed)
                          .with("RequestTime", std::string(time))
                          .with("ServerTime", codec::format_iso8601(now))
                          .with("MaxAllowedSkewMilliseconds", std::to_string(skew)));
    }
    return {};
}

bool is_signature_parameter(std::string_view name) {
    constexpr std::array<std::string_view, 8> kNames = {"x-amz-algorithm",
                                                        "x-amz-credential",
                                                        "x-amz-date",
                                                        "x-amz-expires",
                                                        "x-amz-signature",
                                                        "x-amz-security-token",
                                                        "x-amz-signedheaders",
                                                        "x-amz-content-sha256"};
    return std::ranges::find(kNames, codec::to_lower(name)) != kNames.end();
}

S3Result<Authentication> authenticate(const SigningContext& context,
                                      const http::Request& request,
                                      const protocol::ParsedRequest& parsed) {
    const bool has_header = request.headers.contains("authorization");
    const codec::Query& query = parsed.target.query;
    const bool has_query = query.contains("X-Amz-Algorithm") || query.contains("X-Amz-Signature") ||
                           query.contains("X-Amz-Credential");
    const bool has_v2_query = query.contains("AWSAccessKeyId");
    if (has_header + has_query + has_v2_query > 1) {
        return refuse(words::kInvalidArgument,
                      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
                      "Signature query "
                      "string parameter or the Authorization header should be specified");
    }
    if (request.headers.contains("x-amz-security-token") ||
        query.contains("X-Amz-Security-Token")) {
        return refuse(words::kInvalidToken);
    }
    if (has_header) {
        const bool is_v2 = request.headers.get("authorization").starts_with("AWS ");
        return is_v2 ? authenticate_v2_header(context, request, parsed)
                     : authenticate_v4_header(context, request, parsed);
    }
    if (has_v2_query) {
        return authenticate_v2_query(context, request, parsed);
    }
    return has_query ? authenticate_v4_query(context, request, parsed) : anonymous(request);
}

}  // namespace antipode::s3
