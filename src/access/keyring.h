#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/principal.h"
#include "model/object_version.h"

namespace antipode::access {

struct AccessKey {
    std::string id;
    std::string secret;
    AccountId account;
    bool is_root = false;
};

/// All access keys of all accounts. Lookups take a snapshot and block nobody. Threads: any.
class Keyring {
  public:
    /// The key to verify a signature with; absent = InvalidAccessKeyId.
    [[nodiscard]] std::optional<AccessKey> find(const std::string& id) const;
    void put(AccessKey key);
    void remove(const std::string& id);
    [[nodiscard]] std::vector<AccessKey> all() const;

  private:
    using Map = std::unordered_map<std::string, AccessKey>;
    [[nodiscard]] std::shared_ptr<const Map> snapshot() const;

    mutable std::mutex mutex_;
    std::shared_ptr<const Map> keys_ = std::make_shared<const Map>();
};

}  // namespace antipode::access
