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

/// What a PostObject form says about who sends it.
struct FormSignatureView {
    std::string_view policy;      ///< As sent: base64. This is what is signed.
    std::string_view access_key;  ///< V1: OSSAccessKeyId. V4: x-oss-credential.
    std::string_view signature;
    bool is_v4 = false;
};

/// Checks the signature of a PostObject form.
Result<access::Principal> authenticate_form(const FormSignatureView& form,
                                            const Authentication& by,
                                            ErrorDetail& detail);

/// Checks the signature of a request: V1 or V4, in the Authorization header or in the URL
/// (oss-facts 8). On refusal `detail` gets the EC and what the client needs to find its mistake.
Result<Authenticated> authenticate(const http::Request& request,
                                   const protocol::ParsedRequest& parsed,
                                   const Authentication& by,
                                   ErrorDetail& detail);

}  // namespace antipode::oss
