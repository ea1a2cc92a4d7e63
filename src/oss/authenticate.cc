#include "oss/authenticate.h"

#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/hex.h"
#include "codec/http_date.h"
#include "crypto/constant_time.h"
#include "oss/v1_signature.h"
#include "oss/v4_signature.h"
#include "protocol/limits.h"

namespace antipode::oss {

namespace {

constexpr std::string_view kV1Scheme = "OSS ";
constexpr std::string_view kV2Scheme = "OSS2 ";

struct Question {
    const http::Request& request;
    const protocol::ParsedRequest& parsed;
    const Authentication& by;
    ErrorDetail& detail;

    [[nodiscard]] CanonicalInput input() const {
        return {.method = request.method,
                .bucket = parsed.bucket,
                .key = parsed.key,
                .query = parsed.target.query,
                .headers = request.headers};
    }

    [[nodiscard]] std::string_view parameter(std::string_view name) const {
        return parsed.target.query.get(name);
    }
};

std::unexpected<Error> refuse(const Question& q,
                              ErrorCode code,
                              std::string_view ec,
                              std::string message = {}) {
    q.detail.ec = ec;
    return fail(code, std::move(message));
}

std::string hex_bytes(std::string_view text) {
    std::string out;
    for (const char c : text) {
        fmt::format_to(std::back_inserter(out),
                       "{}{:02X}",
                       out.empty() ? "" : " ",
                       static_cast<unsigned char>(c));
    }
    return out;
}

struct Mismatch {
    std::string_view access_key;
    std::string_view provided;
    std::string_view string_to_sign;
    std::string_view canonical_request;  ///< V4 only.
};

std::unexpected<Error> does_not_match(const Question& q, const Mismatch& mismatch) {
    NamedValues& elements = q.detail.elements;
    elements.emplace_back("OSSAccessKeyId", mismatch.access_key);
    elements.emplace_back("SignatureProvided", mismatch.provided);
    elements.emplace_back("StringToSign", mismatch.string_to_sign);
    elements.emplace_back("StringToSignBytes", hex_bytes(mismatch.string_to_sign));
    if (!mismatch.canonical_request.empty()) {
        elements.emplace_back("CanonicalRequest", mismatch.canonical_request);
    }
    return fail(ErrorCode::SignatureDoesNotMatch);
}

Result<access::AccessKey> find_key(const Question& q, const std::string& id) {
    std::optional<access::AccessKey> key = q.by.keyring.find(id);
    if (!key) {
        q.detail.elements.emplace_back("OSSAccessKeyId", id);
        return fail(ErrorCode::InvalidAccessKeyId);
    }
    return *std::move(key);
}

access::Principal principal_of(const access::AccessKey& key) {
    return {.account = key.account, .access_key = key.id, .is_root = key.is_root};
}

Result<void> check_skew(const Question& q, codec::UtcTime time) {
    const auto apart = time > q.parsed.now ? time - q.parsed.now : q.parsed.now - time;
    if (apart <= protocol::kClockSkewMax) {
        return {};
    }
    NamedValues& elements = q.detail.elements;
    elements.emplace_back(
        "MaxAllowedSkewMilliseconds",
        std::to_string(std::chrono::milliseconds(protocol::kClockSkewMax).count()));
    elements.emplace_back("RequestTime", codec::format_iso8601(time));
    elements.emplace_back("ServerTime", codec::format_iso8601(q.parsed.now));
    return fail(ErrorCode::RequestTimeTooSkewed);
}

// There is no STS here, so no token can be ours.
Result<void> check_token(const Question& q) {
    const bool has_token = q.request.headers.contains("x-oss-security-token") ||
                           q.request.headers.contains("security-token") ||
                           q.parsed.target.query.contains("security-token") ||
                           q.parsed.target.query.contains("x-oss-security-token");
    if (has_token) {
        return fail(ErrorCode::InvalidSecurityToken);
    }
    return {};
}

struct V1Proof {
    std::string_view access_key;
    std::string_view signature;
    std::array<std::string_view, 2> dates;  ///< What the Date line may be; "" = no such candidate.
};

/// Clients differ in which parameters they sign and, with x-oss-date, in the Date line. Every
/// candidate binds method, resource, x-oss-* headers and all published sub-resources, so trying
/// them all proves as much as one.
Result<Authenticated> verify_v1(const Question& q, const V1Proof& proof) {
    TRY_VOID(check_token(q));
    TRY(const access::AccessKey key, find_key(q, std::string(proof.access_key)));
    bool matches = false;
    for (const std::string_view date : proof.dates) {
        for (const SignedParameters parameters :
             {SignedParameters::Listed, SignedParameters::ListedAndRest}) {
            if (!date.empty() && !matches) {
                const std::string expected =
                    v1_signature(key.secret, v1_string_to_sign(q.input(), date, parameters));
                matches = crypto::constant_time_equal(expected, proof.signature);
            }
        }
    }
    if (!matches) {
        const std::string text =
            v1_string_to_sign(q.input(), proof.dates[0], SignedParameters::Listed);
        return does_not_match(q, {proof.access_key, proof.signature, text, {}});
    }
    return Authenticated{.principal = principal_of(key), .payload_sha256 = {}};
}

Result<Authenticated> v1_header(const Question& q, std::string_view fields) {
    const std::size_t colon = fields.find(':');
    if (colon == std::string_view::npos) {
        return refuse(q, ErrorCode::InvalidArgument, "", "Authorization header is invalid.");
    }
    const std::string_view oss_date = trimmed(q.request.headers.get("x-oss-date"));
    const std::string_view date = trimmed(q.request.headers.get("date"));
    const std::string_view shown = oss_date.empty() ? date : oss_date;
    const std::optional<codec::UtcTime> time = codec::parse_http_date(shown);
    if (!time) {
        return refuse(q,
                      ErrorCode::AccessDenied,
                      "0002-00000503",
                      "OSS authentication requires a valid Date.");
    }
    TRY_VOID(check_skew(q, *time));
    return verify_v1(q,
                     {.access_key = trimmed(fields.substr(0, colon)),
                      .signature = trimmed(fields.substr(colon + 1)),
                      .dates = {shown, oss_date.empty() ? std::string_view{} : date}});
}

Result<Authenticated> v1_url(const Question& q) {
    const std::string_view expires = q.parameter("Expires");
    if (q.parameter("OSSAccessKeyId").empty() || q.parameter("Signature").empty() ||
        expires.empty()) {
        return fail(ErrorCode::AccessDenied,
                    "Query-string authentication requires the Signature, Expires and "
                    "OSSAccessKeyId parameters.");
    }
    const std::optional<std::uint64_t> seconds = parse_number(expires);
    constexpr std::uint64_t kSecondsMax = 253'402'300'799;  // The year 9999.
    if (!seconds || *seconds > kSecondsMax) {
        return refuse(q,
                      ErrorCode::AccessDenied,
                      "0002-00000065",
                      "Invalid date (should be seconds since epoch): " + std::string(expires));
    }
    const codec::UtcTime end{std::chrono::seconds(*seconds)};
    if (end < q.parsed.now) {
        q.detail.elements.emplace_back("Expires", codec::format_iso8601(end));
        q.detail.elements.emplace_back("ServerTime", codec::format_iso8601(q.parsed.now));
        return fail(ErrorCode::RequestExpired);
    }
    return verify_v1(q,
                     {.access_key = q.parameter("OSSAccessKeyId"),
                      .signature = q.parameter("Signature"),
                      .dates = {expires, {}}});
}

Result<void> check_scope(const Question& q,
                         const protocol::V4Credential& credential,
                         codec::UtcTime time) {
    if (credential.terminator != kV4Terminator || credential.service != kV4Product) {
        return refuse(
            q, ErrorCode::InvalidArgument, "", "Invalid signing product in Authorization header.");
    }
    if (credential.date != codec::format_basic_date(time)) {
        return refuse(
            q, ErrorCode::InvalidArgument, "", "Invalid signing date in Authorization header.");
    }
    if (credential.region != q.by.region) {
        return refuse(q,
                      ErrorCode::InvalidArgument,
                      "0002-00000226",
                      "Invalid signing region in Authorization header.");
    }
    return {};
}

struct V4Proof {
    const V4Authorization& authorization;
    codec::UtcTime time;
    std::string_view payload_hash;
};

Result<Authenticated> verify_v4(const Question& q, const V4Proof& proof) {
    const protocol::V4Credential& credential = proof.authorization.credential;
    TRY_VOID(check_scope(q, credential, proof.time));
    TRY_VOID(check_token(q));
    TRY(const access::AccessKey key, find_key(q, credential.access_key));
    const CanonicalInput input = q.input();
    const std::string canonical =
        v4_canonical_request({input, proof.authorization.additional_headers, proof.payload_hash});
    const std::string text = protocol::v4_string_to_sign(
        kV4Algorithm, codec::format_basic(proof.time), credential.scope(), canonical);
    const crypto::Digest signing_key =
        q.by.signing_keys.find_or_derive(kV4SecretPrefix, key.secret, credential);
    if (!crypto::constant_time_equal(protocol::sign_v4(signing_key, text),
                                     proof.authorization.signature)) {
        return does_not_match(
            q, {credential.access_key, proof.authorization.signature, text, canonical});
    }
    return Authenticated{.principal = principal_of(key), .payload_sha256 = {}};
}

/// Null for UNSIGNED-PAYLOAD.
Result<std::optional<std::string>> payload_sha256(const Question& q, std::string_view value) {
    if (value == kUnsignedPayload) {
        return std::nullopt;
    }
    const std::optional<Bytes> bytes = codec::hex_decode(value);
    if (!bytes || bytes->size() != 32) {
        return refuse(q,
                      ErrorCode::InvalidArgument,
                      "",
                      "The x-oss-content-sha256 header is missing or not valid.");
    }
    return to_string(*bytes);
}

Result<Authenticated> v4_header(const Question& q, std::string_view fields) {
    TRY(const V4Authorization authorization, parse_v4_authorization(fields));
    std::optional<codec::UtcTime> time =
        codec::parse_basic(trimmed(q.request.headers.get("x-oss-date")));
    if (!time) {
        time = codec::parse_http_date(trimmed(q.request.headers.get("date")));
    }
    if (!time) {
        return refuse(q,
                      ErrorCode::AccessDenied,
                      "0002-00000503",
                      "OSS authentication requires a valid Date.");
    }
    const std::string_view hash = trimmed(q.request.headers.get("x-oss-content-sha256"));
    TRY(auto sha256, payload_sha256(q, hash));
    TRY_VOID(check_skew(q, *time));
    TRY(Authenticated authenticated, verify_v4(q, {authorization, *time, hash}));
    authenticated.payload_sha256 = std::move(sha256);
    return authenticated;
}

Result<Authenticated> v4_url(const Question& q) {
    if (q.parameter("x-oss-signature-version") != kV4Algorithm) {
        return refuse(q, ErrorCode::InvalidArgument, "", "Invalid x-oss-signature-version.");
    }
    V4Authorization authorization;
    TRY(authorization.credential, protocol::parse_v4_credential(q.parameter("x-oss-credential")));
    authorization.additional_headers = split_header_names(q.parameter("x-oss-additional-headers"));
    authorization.signature = q.parameter("x-oss-signature");
    const std::optional<codec::UtcTime> begin = codec::parse_basic(q.parameter("x-oss-date"));
    const std::optional<std::uint64_t> seconds = parse_number(q.parameter("x-oss-expires"));
    const auto seconds_max = static_cast<std::uint64_t>(protocol::kPresignedLifeMax.count());
    if (authorization.signature.empty() || !begin || !seconds || *seconds > seconds_max) {
        return refuse(q,
                      ErrorCode::InvalidArgument,
                      "",
                      "x-oss-signature, x-oss-date and x-oss-expires (at most 604800 seconds) must "
                      "be given and valid.");
    }
    const codec::UtcTime end = *begin + std::chrono::seconds(*seconds);
    if (end < q.parsed.now) {
        q.detail.elements.emplace_back("Expires", codec::format_iso8601(end));
        q.detail.elements.emplace_back("ServerTime", codec::format_iso8601(q.parsed.now));
        return fail(ErrorCode::RequestExpired);
    }
    if (*begin > q.parsed.now) {
        TRY_VOID(check_skew(q, *begin));
    }
    return verify_v4(q, {authorization, *begin, kUnsignedPayload});
}

}  // namespace

Result<Authenticated> authenticate(const http::Request& request,
                                   const protocol::ParsedRequest& parsed,
                                   const Authentication& by,
                                   ErrorDetail& detail) {
    const Question q{request, parsed, by, detail};
    const codec::Query& query = parsed.target.query;
    const bool in_v4_url =
        query.contains("x-oss-signature") || query.contains("x-oss-signature-version");
    const bool in_v1_url = query.contains("OSSAccessKeyId") || query.contains("Signature");
    const std::string* header = request.headers.find("authorization");
    if (header != nullptr && (in_v4_url || in_v1_url)) {
        return refuse(q,
                      ErrorCode::InvalidArgument,
                      "",
                      "Only one authentication mechanism is allowed: the Authorization header or "
                      "the query string.");
    }
    if (header != nullptr) {
        const std::string_view value = trimmed(*header);
        if (value.starts_with(kV4Algorithm)) {
            return v4_header(q, value.substr(kV4Algorithm.size()));
        }
        if (value.starts_with(kV1Scheme)) {
            return v1_header(q, value.substr(kV1Scheme.size()));
        }
        if (value.starts_with(kV2Scheme)) {
            return refuse_not_built("signature version 2");
        }
        return refuse(
            q, ErrorCode::InvalidArgument, "0002-00000002", "Unsupported Authorization Type");
    }
    if (in_v4_url) {
        return v4_url(q);
    }
    if (in_v1_url) {
        return v1_url(q);
    }
    return Authenticated{};
}

Result<access::Principal> authenticate_form(const FormSignatureView& form,
                                            const Authentication& by,
                                            ErrorDetail& detail) {
    std::string id(form.access_key);
    protocol::V4Credential credential;
    if (form.is_v4) {
        TRY(credential, protocol::parse_v4_credential(form.access_key));
        if (credential.terminator != kV4Terminator || credential.service != kV4Product ||
            credential.region != by.region) {
            return fail(ErrorCode::InvalidArgument,
                        "Invalid signing region or product in x-oss-credential.");
        }
        id = credential.access_key;
    }
    const std::optional<access::AccessKey> key = by.keyring.find(id);
    if (!key) {
        detail.elements.emplace_back("OSSAccessKeyId", id);
        return fail(ErrorCode::InvalidAccessKeyId);
    }
    const std::string expected =
        form.is_v4 ? protocol::sign_v4(
                         by.signing_keys.find_or_derive(kV4SecretPrefix, key->secret, credential),
                         form.policy)
                   : v1_signature(key->secret, form.policy);
    if (!crypto::constant_time_equal(expected, form.signature)) {
        detail.elements.emplace_back("OSSAccessKeyId", id);
        detail.elements.emplace_back("SignatureProvided", form.signature);
        detail.elements.emplace_back("StringToSign", form.policy);
        return fail(ErrorCode::SignatureDoesNotMatch);
    }
    return principal_of(*key);
}

}  // namespace antipode::oss
