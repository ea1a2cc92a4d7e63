#pragma once

#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "sealing/local_keys.h"

namespace antipode::sealing {

/// For tests: the two keys that every region has, and kms:own, kms:source and kms:replica. The
/// names are the same whatever `seed` is, the bits are not.
inline MasterKeys make_test_keys(std::string_view seed) {
    MasterKeys keys;
    for (const std::string name : {"aes256", "kms", "kms:own", "kms:source", "kms:replica"}) {
        const crypto::Digest bits = crypto::sha256(as_bytes(std::string(seed) + name));
        keys[name].emplace(1, crypto::AesKey(bits.bytes()));
    }
    return keys;
}

}  // namespace antipode::sealing
