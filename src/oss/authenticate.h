#pragma once

#include <optional>
#include <string>

#include "access/keyring.h"
#include "access/principal.h"
#include "base/result.h"
#include "oss/exchange.h"
#include "protocol/v4_signature.h"

namespace antipode::oss {

struct Authenticated {
    access::Principal principal;  ///< Anonymous when the request carries no signature.
    std::optional<std::string> payload_sha256;  ///< 32 raw bytes; V4 with a signed body.
};

struct Authentication {
    const access::Keyring& keyring;
    protocol::SigningKeys& signing_keys;
    const std::string& region;  ///< "cn-hangzhou"
};

/// Checks the signature of a request: V1 or V4, in the Authorization header or in the URL
/// (oss-facts 8). On refusal `detail` gets the EC and what the client needs to find its mistake.
Result<Authenticated> authenticate(const http::Request& request,
                                   const protocol::ParsedRequest& parsed,
                                   const Authentication& by,
                                   ErrorDetail& detail);

}  // namespace antipode::oss
