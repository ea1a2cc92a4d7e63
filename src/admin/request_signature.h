#pragma once

#include <string>
#include <string_view>

#include "access/keyring.h"
#include "base/result.h"
#include "http/message.h"
#include "runtime/executor.h"

namespace antipode::admin {

/// What a signature covers.
struct SignedParts {
    std::string_view method;
    std::string_view target;  ///< As sent, with the query.
    std::string_view date;    ///< Value of x-antipode-date: "20130524T000000Z".
    std::string_view body;
};

inline constexpr std::string_view kDateHeader = "x-antipode-date";

/// Value of the Authorization header:
/// "ANTIPODE1-HMAC-SHA256 Credential=<access key>, Signature=<hex>", where the signature is
/// HMAC-SHA256 with the secret over "ANTIPODE1-HMAC-SHA256\n<date>\n<method>\n<target>\n<hex sha256
/// of the body>".
std::string authorization(std::string_view access_key,
                          std::string_view secret,
                          const SignedParts& parts);

/// The key that signed. InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed (more than
/// 15 minutes), or AccessDenied for a request without a signature.
Result<access::AccessKey> authenticate(const access::Keyring& keyring,
                                       const http::Request& request,
                                       std::string_view body,
                                       runtime::WallTime now);

}  // namespace antipode::admin
