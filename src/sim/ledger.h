#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/object_version.h"

namespace antipode::sim {

/// The content of the n-th object that was ever written; tells itself apart from every other.
std::string make_content(std::uint64_t number, std::size_t size);

/// What clients were told, and therefore what must be true when all regions have become equal.
class Ledger {
  public:
    enum class Fate : std::uint8_t { Kept, MaybeRemoved, Removed };

    struct Known {
        std::string etag;
        bool is_delete_marker = false;
        Fate fate = Fate::Kept;
        std::set<std::string> tags;  ///< Any of these, if there are some; the last that was told.
    };

    /// Key and version id, in the versioned bucket.
    using Name = std::pair<std::string, std::string>;

    void written(const ObjectVersion& version);
    void marked(const std::string& key, const std::string& version_id);
    /// Before a removal is asked for, and when it has been confirmed.
    void removing(const Name& name);
    void removed(const Name& name);

    /// Before a tag is asked for, and when it has been confirmed.
    void tagging(const Name& name, const std::string& value);
    void tagged(const Name& name, const std::string& value);

    [[nodiscard]] const std::map<Name, Known>& versions() const { return versions_; }

    /// A key of the plain bucket that one client alone writes to: what it may contain, by ETag;
    /// nothing = it may be absent.
    using Contents = std::set<std::optional<std::string>>;

    /// A change was sent: from now on both are possible. Confirmed: only this one.
    void changing(const std::string& key, const std::optional<std::string>& etag);
    void changed(const std::string& key, const std::optional<std::string>& etag);

    [[nodiscard]] const std::map<std::string, Contents>& own_keys() const { return own_keys_; }

    [[nodiscard]] Contents contents(const std::string& key) const;

  private:
    std::map<Name, Known> versions_;
    std::map<std::string, Contents> own_keys_;
};

}  // namespace antipode::sim
