#include "sim/ledger.h"

#include <fmt/format.h>

#include "base/check.h"

namespace antipode::sim {

std::string make_content(std::uint64_t number, std::size_t size) {
    std::string content = fmt::format("content {} ", number);
    while (content.size() < size) {
        number = (number * 6364136223846793005ULL) + 1442695040888963407ULL;
        content += fmt::format("{:016x}", number);
    }
    content.resize(std::max<std::size_t>(size, 1));
    return content;
}

void Ledger::written(const ObjectVersion& version) {
    versions_.insert_or_assign(Name(version.key, version.version_id()),
                               Known{.etag = version.etag});
}

void Ledger::marked(const std::string& key, const std::string& version_id) {
    versions_.insert_or_assign(Name(key, version_id), Known{.etag = {}, .is_delete_marker = true});
}

void Ledger::removing(const Name& name) {
    const auto found = versions_.find(name);
    CHECK(found != versions_.end());
    if (found->second.fate == Fate::Kept) {
        found->second.fate = Fate::MaybeRemoved;
    }
}

void Ledger::removed(const Name& name) {
    versions_.at(name).fate = Fate::Removed;
}

void Ledger::tagging(const Name& name, const std::string& value) {
    Known& known = versions_.at(name);
    if (known.tags.empty()) {
        known.tags.insert("");
    }
    known.tags.insert(value);
}

void Ledger::tagged(const Name& name, const std::string& value) {
    versions_.at(name).tags = {value};
}

void Ledger::changing(const std::string& key, const std::optional<std::string>& etag) {
    auto [place, is_new] = own_keys_.try_emplace(key);
    if (is_new) {
        place->second.insert(std::nullopt);
    }
    place->second.insert(etag);
}

void Ledger::changed(const std::string& key, const std::optional<std::string>& etag) {
    own_keys_[key] = {etag};
}

Ledger::Contents Ledger::contents(const std::string& key) const {
    const auto found = own_keys_.find(key);
    return found == own_keys_.end() ? Contents{std::nullopt} : found->second;
}

}  // namespace antipode::sim
