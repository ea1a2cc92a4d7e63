#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/aes_gcm.h"

namespace antipode::sealing {

/// A data key as it is stored beside the bytes that it sealed: itself sealed under a master key,
/// and bound to that key's name and version and to a context that both sides name
/// (docs/formats/sealed-bytes.md).
struct Envelope {
    std::string key_name;
    std::uint32_t key_version = 0;
    std::string wrapped;  ///< Nonce, ciphertext, tag: 60 bytes.

    bool operator==(const Envelope&) const = default;
};

std::string encode(const Envelope& envelope);
/// Corrupt for anything that encode() does not write.
Result<Envelope> decode_envelope(std::string_view bytes);

/// Under a fresh nonce. `context` is not stored.
Envelope wrap(const crypto::AesKey& master,
              std::string key_name,
              std::uint32_t key_version,
              std::string_view context,
              const crypto::AesKey& data_key);
/// Corrupt when master, name, version or context are not those of wrap(), or a bit has changed.
Result<crypto::AesKey> unwrap(const crypto::AesKey& master,
                              const Envelope& envelope,
                              std::string_view context);

}  // namespace antipode::sealing
