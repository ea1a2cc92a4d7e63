#pragma once

#include <cstdint>
#include <string>

namespace antipode::admin {

/// What the zones hold beyond their state. The engines know; server/ connects them.
class Protection {
  public:
    Protection() = default;
    Protection(const Protection&) = delete;
    Protection& operator=(const Protection&) = delete;
    virtual ~Protection() = default;

    /// Bodies that are not on their three zones just now (known bad or missing shards, or written
    /// with a zone out).
    [[nodiscard]] virtual std::uint64_t under_protected() const = 0;

    /// What keeps space or healing from being as they should, as a sentence; empty when nothing
    /// does.
    [[nodiscard]] virtual std::string trouble() const { return {}; }
};

}  // namespace antipode::admin
