#pragma once

#include <string>

#include "base/result.h"
#include "crypto/aes_gcm.h"
#include "runtime/task.h"

namespace antipode::sealing {

/// A fresh key for one body, and how to get it back.
struct DataKey {
    crypto::AesKey key;
    std::string envelope;  ///< To be stored beside the bytes.
};

/// Where master keys are. They never leave it: it makes data keys and opens their envelopes.
/// `context` says for whom a data key is; who opens must name the same. Threads: any executor.
class KeySource {
  public:
    KeySource() = default;
    KeySource(const KeySource&) = delete;
    KeySource& operator=(const KeySource&) = delete;
    virtual ~KeySource() = default;

    /// NotFound when there is no key of that name.
    [[nodiscard]] virtual Result<void> check(const std::string& key_name) const = 0;
    virtual Task<Result<DataKey>> make_data_key(std::string key_name, std::string context) = 0;
    /// NotFound: the master key is gone. Corrupt: it is another one, the context is not that of
    /// make_data_key(), or the envelope is damaged.
    virtual Task<Result<crypto::AesKey>> open_data_key(std::string envelope,
                                                       std::string context) = 0;
};

/// Names of master keys: what OSS manages itself, the default of the key service, and one of the
/// service's keys by its id.
inline constexpr const char* kManagedKeyName = "aes256";
inline constexpr const char* kDefaultKmsKeyName = "kms";

inline std::string kms_key_name(const std::string& id) {
    return id.empty() ? kDefaultKmsKeyName : "kms:" + id;
}

}  // namespace antipode::sealing
