#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "oss/canonical_input.h"

namespace antipode::oss {

/// Which query parameters beside x-oss-* belong to the signed resource. The SDKs' lists differ
/// (oss-facts 8.1), so a verifier tries more than one; each holds at least what the service itself
/// signs.
enum class SignedParameters : std::uint8_t {
    Listed,         ///< The union of the published lists.
    ListedAndRest,  ///< Also all others but those of listings: clients that sign each operation's
                    ///< own parameter.
};

/// The string to sign of "Authorization: OSS id:signature" and of signed URLs. `date` is the Date
/// line: the header's value as sent, or the URL's Expires.
std::string v1_string_to_sign(const CanonicalInput& input,
                              std::string_view date,
                              SignedParameters parameters);

/// base64(HMAC-SHA1(secret, string_to_sign)).
std::string v1_signature(std::string_view secret, std::string_view string_to_sign);

/// Whether the parameter stands in the lists of signed parameters (sub-resources and their
/// arguments).
bool is_published_parameter(std::string_view name);

}  // namespace antipode::oss
