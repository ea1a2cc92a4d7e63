#include "s3/detail/sigv4.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/hex.h"
#include "codec/http_date.h"
#include "codec/uri.h"
#include "crypto/constant_time.h"
#include "protocol/limits.h"

namespace antipode::s3 {

namespace {

using protocol::V4Credential;

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return parts;
}

/// One signature to be checked, wherever it stood.
struct Claim {
    AuthorizationFields fields;
    std::string time;
    std::string payload_hash;  ///< As it goes into the canonical request.
    std::string_view query_without;
};

/// "name:value\n" for each signed header; null when one of them was not sent.
std::optional<std::string> canonical_headers(const http::Request& request,
                                             const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        std::string joined;
        bool is_found = false;
        for (const auto& [field, value] : request.headers.all()) {
            if (codec::equal_without_case(field, name)) {
                joined += is_found ? "," : "";
                joined += protocol::canonical_header_value(value);
                is_found = true;
            }
        }
        if (!is_found && name == "content-length" && request.content_length) {
            joined = std::to_string(*request.content_length);
            is_found = true;
        }
        if (!is_found) {
            return std::nullopt;
        }
        out += fmt::format("{}:{}\n", name, joined);
    }
    return out;
}

/// An attacker who sees a signed request must not be able to add x-amz-* headers to it.
S3Result<void> check_signed_headers(const http::Request& request,
                                    const std::vector<std::string>& names,
                                    bool is_presigned) {
    const auto is_signed = [&](const std::string& name) {
        return std::ranges::find(names, name) != names.end();
    };
    if (!is_signed("host")) {
        return refuse(words::kSignatureDoesNotMatch, "The host header must be signed.");
    }
    for (const auto& [field, value] : request.headers.all()) {
        if (!codec::starts_with_without_case(field, "x-amz-")) {
            continue;
        }
        const std::string name = codec::to_lower(field);
        // A presigned URL covers no payload, so that this header has nothing to add there.
        const bool may_be_unsigned = is_presigned && name == "x-amz-content-sha256";
        if (!is_signed(name) && !may_be_unsigned) {
            return refuse(S3Error(words::kAccessDenied,
                                  "There were headers present in the request which were not signed")
                              .with("HeadersNotSigned", name));
        }
    }
    return {};
}

S3Result<void> check_credential(const SigningContext& context,
                                const V4Credential& credential,
                                const ErrorWord& word,
                                std::string_view time) {
    if (credential.service != "s3" || credential.terminator != "aws4_request") {
        return refuse(word, "The credential scope must end in '/s3/aws4_request'.");
    }
    if (std::ranges::find(context.regions, credential.region) == context.regions.end()) {
        return refuse(S3Error(word,
                              fmt::format("The region '{}' is wrong; expecting '{}'",
                                          credential.region,
                                          context.regions.front()))
                          .with("Region", context.regions.front()));
    }
    if (!time.starts_with(credential.date)) {
        return refuse(word, "The date of the credential scope is not the date of the request.");
    }
    return {};
}

S3Result<void> verify(const SigningContext& context,
                      const http::Request& request,
                      const protocol::ParsedRequest& parsed,
                      const Claim& claim,
                      Authentication& authentication) {
    const AuthorizationFields& fields = claim.fields;
    TRY(const access::AccessKey key, find_key(context, fields.credential.access_key));
    const std::optional<std::string> headers = canonical_headers(request, fields.signed_headers);
    if (!headers) {
        return refuse(words::kSignatureDoesNotMatch,
                      "A header that was signed is missing from the request.");
    }
    const std::string canonical =
        fmt::format("{}\n{}\n{}\n{}\n{}\n{}",
                    request.method,
                    codec::percent_encode_path(parsed.target.path),
                    protocol::canonical_query(
                        parsed.target.query, claim.query_without, protocol::EmptyValue::WithEquals),
                    *headers,
                    fmt::join(fields.signed_headers, ";"),
                    claim.payload_hash);
    const std::string scope = fields.credential.scope();
    const std::string to_sign =
        protocol::v4_string_to_sign(kSigV4Algorithm, claim.time, scope, canonical);
    const crypto::Digest signing_key =
        context.signing_keys.find_or_derive("AWS4", key.secret, fields.credential);
    const std::string expected = protocol::sign_v4(signing_key, to_sign);
    if (!crypto::constant_time_equal(expected, fields.signature)) {
        return refuse(S3Error(words::kSignatureDoesNotMatch)
                          .with("AWSAccessKeyId", fields.credential.access_key)
                          .with("StringToSign", to_sign)
                          .with("SignatureProvided", fields.signature)
                          .with("CanonicalRequest", canonical));
    }
    authentication.principal = {
        .account = key.account, .access_key = key.id, .is_root = key.is_root};
    authentication.signing_key = signing_key;
    authentication.signature = expected;
    authentication.time = claim.time;
    authentication.scope = scope;
    return {};
}

S3Result<std::chrono::seconds> parse_expires(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return refuse(words::kAuthorizationQueryParametersError,
                      "X-Amz-Expires should be a number");
    }
    if (seconds < 0) {
        return refuse(words::kAuthorizationQueryParametersError,
                      "X-Amz-Expires must be non-negative");
    }
    if (std::chrono::seconds(seconds) > protocol::kPresignedLifeMax) {
        return refuse(words::kAuthorizationQueryParametersError,
                      "X-Amz-Expires must be less than a week (in seconds); that is, the given "
                      "X-Amz-Expires must be "
                      "less than 604800 seconds");
    }
    return std::chrono::seconds(seconds);
}

S3Result<void> check_life(runtime::WallTime sent,
                          std::chrono::seconds life,
                          runtime::WallTime now) {
    if (sent > now + protocol::kClockSkewMax) {
        return refuse(words::kAccessDenied, "Request is not yet valid");
    }
    if (now > sent + life) {
        return refuse(S3Error(words::kAccessDenied, "Request has expired")
                          .with("X-Amz-Expires", std::to_string(life.count()))
                          .with("Expires", codec::format_iso8601(sent + life))
                          .with("ServerTime", codec::format_iso8601(now)));
    }
    return {};
}

}  // namespace

S3Result<AuthorizationFields> parse_authorization(std::string_view header) {
    if (!header.starts_with(kSigV4Algorithm)) {
        return refuse(words::kInvalidRequest,
                      "The authorization mechanism you have provided is not supported. Please use "
                      "AWS4-HMAC-SHA256.");
    }
    header.remove_prefix(kSigV4Algorithm.size());
    AuthorizationFields fields;
    std::string credential;
    for (const std::string& part : split(header, ',')) {
        const std::string_view field = codec::trim(part);
        if (field.starts_with("Credential=")) {
            credential = field.substr(11);
        } else if (field.starts_with("SignedHeaders=")) {
            fields.signed_headers = split(field.substr(14), ';');
        } else if (field.starts_with("Signature=")) {
            fields.signature = field.substr(10);
        }
    }
    if (credential.empty() || fields.signed_headers.empty() || fields.signature.empty()) {
        return refuse(words::kAuthorizationHeaderMalformed,
                      "The authorization header is malformed; it needs Credential, SignedHeaders "
                      "and Signature.");
    }
    auto parsed = protocol::parse_v4_credential(credential);
    if (!parsed) {
        return refuse(
            words::kAuthorizationHeaderMalformed,
            "The authorization header is malformed; the Credential is mal-formed; expecting "
            "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
    }
    fields.credential = std::move(*parsed);
    return fields;
}

S3Result<Authentication> authenticate_v4_header(const SigningContext& context,
                                                const http::Request& request,
                                                const protocol::ParsedRequest& parsed) {
    Claim claim;
    TRY(claim.fields, parse_authorization(request.headers.get("authorization")));
    std::string_view date = request.headers.get("x-amz-date");
    if (date.empty()) {
        date = request.headers.get("date");
    }
    std::optional<runtime::WallTime> sent = codec::parse_basic(date);
    sent = sent ? sent : codec::parse_http_date(date);
    if (!sent) {
        return refuse(words::kAccessDenied,
                      "AWS authentication requires a valid Date or x-amz-date header");
    }
    claim.time = codec::format_basic(*sent);
    TRY_VOID(check_credential(
        context, claim.fields.credential, words::kAuthorizationHeaderMalformed, claim.time));
    TRY_VOID(check_skew(*sent, parsed.now, date));
    TRY_VOID(check_signed_headers(request, claim.fields.signed_headers, false));
    claim.payload_hash = request.headers.get("x-amz-content-sha256");
    if (claim.payload_hash.empty()) {
        return refuse(words::kInvalidRequest,
                      "Missing required header for this request: x-amz-content-sha256");
    }
    Authentication authentication;
    TRY_VOID(read_payload_kind(claim.payload_hash, authentication));
    TRY_VOID(verify(context, request, parsed, claim, authentication));
    return authentication;
}

S3Result<Authentication> authenticate_v4_query(const SigningContext& context,
                                               const http::Request& request,
                                               const protocol::ParsedRequest& parsed) {
    const codec::Query& query = parsed.target.query;
    for (const std::string_view name : {"X-Amz-Algorithm",
                                        "X-Amz-Credential",
                                        "X-Amz-Date",
                                        "X-Amz-Expires",
                                        "X-Amz-SignedHeaders",
                                        "X-Amz-Signature"}) {
        if (query.get(name).empty()) {
            return refuse(
                words::kAuthorizationQueryParametersError,
                "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                "X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
        }
    }
    if (query.get("X-Amz-Algorithm") != kSigV4Algorithm) {
        return refuse(words::kAuthorizationQueryParametersError,
                      "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    }
    Claim claim;
    const auto credential = protocol::parse_v4_credential(query.get("X-Amz-Credential"));
    const auto sent = codec::parse_basic(query.get("X-Amz-Date"));
    if (!credential || !sent) {
        return refuse(
            words::kAuthorizationQueryParametersError,
            !credential ? "Error parsing the X-Amz-Credential parameter"
                        : "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
    }
    claim.fields.credential = *credential;
    claim.fields.signed_headers = split(query.get("X-Amz-SignedHeaders"), ';');
    claim.fields.signature = query.get("X-Amz-Signature");
    claim.time = query.get("X-Amz-Date");
    claim.query_without = "X-Amz-Signature";
    TRY_VOID(check_credential(
        context, *credential, words::kAuthorizationQueryParametersError, claim.time));
    TRY(const std::chrono::seconds life, parse_expires(query.get("X-Amz-Expires")));
    TRY_VOID(check_life(*sent, life, parsed.now));
    TRY_VOID(check_signed_headers(request, claim.fields.signed_headers, true));
    claim.payload_hash = std::string_view("UNSIGNED-PAYLOAD");
    if (const std::string* in_query = query.find("X-Amz-Content-Sha256")) {
        claim.payload_hash = *in_query;
    } else if (std::ranges::count(claim.fields.signed_headers, "x-amz-content-sha256") != 0) {
        claim.payload_hash = request.headers.get("x-amz-content-sha256");
    }
    Authentication authentication;
    authentication.signs_query = true;
    TRY_VOID(read_payload_kind(claim.payload_hash, authentication));
    TRY_VOID(verify(context, request, parsed, claim, authentication));
    return authentication;
}

}  // namespace antipode::s3
