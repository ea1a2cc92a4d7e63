#include "replication/link_auth.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "codec/hex.h"
#include "crypto/constant_time.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace antipode::replication {

namespace {

std::string signature(const LinkSecret& secret,
                      std::string_view method,
                      std::string_view target,
                      std::string_view region,
                      std::string_view time,
                      std::string_view content_sha256) {
    const std::string text = fmt::format(
        "ANTIPODE-LINK-1\n{}\n{}\n{}\n{}\n{}", method, target, region, time, content_sha256);
    return codec::hex_lower(crypto::hmac_sha256(as_bytes(secret.bytes), as_bytes(text)).bytes());
}

}  // namespace

void sign(const LinkSecret& secret,
          std::string_view method,
          std::string_view target,
          std::string_view region,
          std::int64_t now_ms,
          std::string_view content_sha256,
          http::Headers& headers) {
    const std::string time = fmt::format("{}", now_ms);
    headers.set("x-antipode-signature",
                signature(secret, method, target, region, time, content_sha256));
    headers.set("x-antipode-region", std::string(region));
    headers.set("x-antipode-time", time);
    headers.set("x-antipode-content-sha256", std::string(content_sha256));
}

std::string content_hash(std::string_view body) {
    return codec::hex_lower(crypto::sha256(as_bytes(body)).bytes());
}

namespace {

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address.starts_with("[::1]") ||
           address.starts_with("[::ffff:127.");
}

}  // namespace

Result<Authenticated> authenticate(const LinkSecret& secret,
                                   const http::Request& request,
                                   std::int64_t now_ms) {
    if (const std::string& certified = request.certified_name; !certified.empty()) {
        const std::string* claimed = request.headers.find("x-antipode-region");
        if (claimed != nullptr && *claimed != certified) {
            return fail(
                ErrorCode::AccessDenied,
                fmt::format(
                    "the certificate is of '{}', the request says '{}'", certified, *claimed));
        }
        return Authenticated{.region = certified, .is_body_protected = true};
    }
    if (!secret.is_explicit && !is_loopback(request.peer_address)) {
        return fail(ErrorCode::AccessDenied,
                    "regions on different machines need certificates (--link-directory) or a "
                    "secret of their own (--link-secret-file)");
    }
    TRY(std::string region, verify_signature(secret, request, now_ms));
    return Authenticated{.region = std::move(region), .is_body_protected = false};
}

Result<std::string> verify_signature(const LinkSecret& secret,
                                     const http::Request& request,
                                     std::int64_t now_ms) {
    const std::string_view region = request.headers.get("x-antipode-region");
    const std::string_view time = request.headers.get("x-antipode-time");
    const std::string_view content = request.headers.get("x-antipode-content-sha256");
    const std::string expected =
        signature(secret, request.method, request.target, region, time, content);
    if (!crypto::constant_time_equal(expected, request.headers.get("x-antipode-signature"))) {
        return fail(ErrorCode::AccessDenied, "the request is not signed with this link's secret");
    }
    std::int64_t sent_ms = 0;
    const auto parsed = std::from_chars(time.data(), time.data() + time.size(), sent_ms);
    if (parsed.ec != std::errc() || std::llabs(now_ms - sent_ms) > kLinkSkewMsMax) {
        return fail(ErrorCode::RequestTimeTooSkewed,
                    "the clocks of the two regions are more than 15 minutes apart");
    }
    return std::string(region);
}

}  // namespace antipode::replication
