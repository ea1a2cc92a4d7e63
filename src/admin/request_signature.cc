#include "admin/request_signature.h"

#include <chrono>

#include <fmt/format.h>

#include "codec/hex.h"
#include "codec/http_date.h"
#include "crypto/constant_time.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace antipode::admin {

namespace {

constexpr std::string_view kScheme = "ANTIPODE1-HMAC-SHA256";
constexpr std::chrono::minutes kSkewMax{15};

std::string signature(std::string_view secret, const SignedParts& parts) {
    const std::string body_hash = codec::hex_lower(crypto::sha256(as_bytes(parts.body)).bytes());
    const std::string text = fmt::format(
        "{}\n{}\n{}\n{}\n{}", kScheme, parts.date, parts.method, parts.target, body_hash);
    return codec::hex_lower(crypto::hmac_sha256(as_bytes(secret), as_bytes(text)).bytes());
}

/// The value of "name=" in "a=1, b=2".
std::string_view field(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        std::string_view item = list.substr(0, comma);
        item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
        if (item.starts_with(name) && item.substr(name.size()).starts_with('=')) {
            return item.substr(name.size() + 1);
        }
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return {};
}

}  // namespace

std::string authorization(std::string_view access_key,
                          std::string_view secret,
                          const SignedParts& parts) {
    return fmt::format(
        "{} Credential={}, Signature={}", kScheme, access_key, signature(secret, parts));
}

Result<access::AccessKey> authenticate(const access::Keyring& keyring,
                                       const http::Request& request,
                                       std::string_view body,
                                       runtime::WallTime now) {
    std::string_view header = request.headers.get("authorization");
    if (!header.starts_with(kScheme)) {
        return fail(ErrorCode::AccessDenied,
                    fmt::format("the request is not signed with {}", kScheme));
    }
    header.remove_prefix(kScheme.size());
    const std::string_view date = request.headers.get(kDateHeader);
    const auto time = codec::parse_basic(date);
    if (!time) {
        return fail(ErrorCode::AccessDenied,
                    fmt::format("{} is missing or not like 20130524T000000Z", kDateHeader));
    }
    auto key = keyring.find(std::string(field(header, "Credential")));
    if (!key) {
        return fail(ErrorCode::InvalidAccessKeyId, "this access key does not exist");
    }
    const SignedParts parts{
        .method = request.method, .target = request.target, .date = date, .body = body};
    if (!crypto::constant_time_equal(field(header, "Signature"), signature(key->secret, parts))) {
        return fail(ErrorCode::SignatureDoesNotMatch,
                    "the signature is not that of this request and key");
    }
    if (*time > now + kSkewMax || *time + kSkewMax < now) {
        return fail(ErrorCode::RequestTimeTooSkewed,
                    "the request's time is more than 15 minutes from the server's");
    }
    return std::move(*key);
}

}  // namespace antipode::admin
