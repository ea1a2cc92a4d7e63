#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace antipode::crypto {

/// A private key and the certificate of its public half, both PEM.
struct CertifiedKey {
    std::string certificate;
    std::string key;
};

/// Seconds of Unix time.
struct Validity {
    std::int64_t from = 0;
    std::int64_t until = 0;
};

/// A certificate authority that signs itself (P-256). `name` is its common name.
Result<CertifiedKey> make_authority(const std::string& name, Validity validity);

/// A new key with a certificate for `name` (its common name), which can sign nothing itself.
/// InvalidArgument when the authority's PEM cannot be read.
Result<CertifiedKey> issue(const CertifiedKey& authority,
                           const std::string& name,
                           Validity validity);

/// When the certificate ends, in seconds of Unix time.
Result<std::int64_t> valid_until(const std::string& certificate);

}  // namespace antipode::crypto
