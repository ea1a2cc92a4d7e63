#include "model/encryption.h"

namespace antipode {

std::string kms_key_id(std::string_view name) {
    constexpr std::string_view kBeforeId = ":key/";
    const std::size_t at = name.starts_with("arn:") ? name.find(kBeforeId) : name.npos;
    return std::string(at == name.npos ? name : name.substr(at + kBeforeId.size()));
}

std::optional<Encryption> replica_encryption(const Encryption& source,
                                             const Encryption& bucket_default,
                                             const std::string& replica_key) {
    // The object's own encryption decides; the bucket's matters for plain objects only.
    const Encryption& wanted = source.is_none() ? bucket_default : source;
    if (wanted.kind != EncryptionKind::Kms || wanted.kms_key.empty()) {
        return wanted;
    }
    if (replica_key.empty()) {
        return std::nullopt;
    }
    return Encryption{.kind = EncryptionKind::Kms, .kms_key = replica_key};
}

}  // namespace antipode
