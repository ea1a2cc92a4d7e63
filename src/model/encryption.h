#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace antipode {

enum class EncryptionKind : std::uint8_t { None = 0, Aes256 = 1, Kms = 2 };  // On disk.

/// How the bytes of an object are encrypted at rest, as clients ask for it and are told.
struct Encryption {
    EncryptionKind kind = EncryptionKind::None;
    std::string kms_key;  ///< Kms only; empty = the key service's default.

    [[nodiscard]] bool is_none() const { return kind == EncryptionKind::None; }

    bool operator==(const Encryption&) const = default;
};

/// The id of a key that is named by itself or as an ARN ("arn:aws:kms:region:account:key/id").
[[nodiscard]] std::string kms_key_id(std::string_view name);

/// What a replica is encrypted with in a bucket whose default is `bucket_default`. `replica_key` is
/// that of a rule which selects SSE-KMS objects, empty of all others. Null = it is not replicated.
[[nodiscard]] std::optional<Encryption> replica_encryption(const Encryption& source,
                                                           const Encryption& bucket_default,
                                                           const std::string& replica_key);

}  // namespace antipode
