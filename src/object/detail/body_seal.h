#pragma once

#include <string>

#include "base/result.h"
#include "model/encryption.h"
#include "sealing/key_source.h"

namespace antipode::object {

/// How a body is to be sealed on its way to where it is stored.
struct BodySeal {
    sealing::KeySource* keys = nullptr;  ///< Null when the region has none.
    Encryption encryption;
    std::string context;  ///< The bucket's id.
};

/// NotImplemented without keys, NoSuchEncryptionKey when the one that is meant is not there.
Result<void> check_encryption(const sealing::KeySource* keys, const Encryption& encryption);

/// A key for one body. Errors as above.
Task<Result<sealing::DataKey>> make_data_key(BodySeal seal);
/// The key of a body that was sealed.
Task<Result<crypto::AesKey>> open_data_key(sealing::KeySource* keys,
                                           std::string envelope,
                                           std::string context);

}  // namespace antipode::object
