#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace antipode::replication {

/// A link is trusted by a secret that both regions were given before any data flows (field-failures
/// row 24: trust never travels over what it protects). HMAC-SHA256 over method, target, sender's
/// region, time and the body's SHA-256.
struct LinkSecret {
    std::string bytes;
    /// Given by the operator. One that follows from the root credential is known to clients as
    /// well, and counts only between processes of one machine.
    bool is_explicit = true;
};

inline constexpr std::int64_t kLinkSkewMsMax = 15 * 60 * 1000;

/// Adds x-antipode-region, x-antipode-time, x-antipode-content-sha256 and x-antipode-signature.
/// `content_sha256`: hex of the body's hash, or kUnsignedContent where the target names a checksum
/// of the body.
void sign(const LinkSecret& secret,
          std::string_view method,
          std::string_view target,
          std::string_view region,
          std::int64_t now_ms,
          std::string_view content_sha256,
          http::Headers& headers);

inline constexpr std::string_view kUnsignedContent = "UNSIGNED";

std::string content_hash(std::string_view body);

struct Authenticated {
    std::string region;
    /// By certificate: nobody can have changed the body. Else the caller compares it with
    /// x-antipode-content-sha256.
    bool is_body_protected = false;
};

/// Which region sent the request: by the certificate of its connection where one was demanded,
/// else by its signature. AccessDenied when anything is wrong.
Result<Authenticated> authenticate(const LinkSecret& secret,
                                   const http::Request& request,
                                   std::int64_t now_ms);

/// The sender's region; AccessDenied when anything is wrong.
Result<std::string> verify_signature(const LinkSecret& secret,
                                     const http::Request& request,
                                     std::int64_t now_ms);

}  // namespace antipode::replication
