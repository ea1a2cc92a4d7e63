#include "access/keyring.h"

namespace antipode::access {

std::shared_ptr<const Keyring::Map> Keyring::snapshot() const {
    const std::scoped_lock lock(mutex_);
    return keys_;
}

std::optional<AccessKey> Keyring::find(const std::string& id) const {
    const auto keys = snapshot();
    const auto found = keys->find(id);
    return found == keys->end() ? std::nullopt : std::optional(found->second);
}

void Keyring::put(AccessKey key) {
    const std::scoped_lock lock(mutex_);
    auto changed = std::make_shared<Map>(*keys_);
    changed->insert_or_assign(key.id, key);
    keys_ = std::move(changed);
}

void Keyring::remove(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    auto changed = std::make_shared<Map>(*keys_);
    changed->erase(id);
    keys_ = std::move(changed);
}

std::vector<AccessKey> Keyring::all() const {
    std::vector<AccessKey> out;
    for (const auto& [id, key] : *snapshot()) {
        out.push_back(key);
    }
    return out;
}

}  // namespace antipode::access
