#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace antipode {

/// A name that cannot be passed where another kind of name is wanted: `using BucketName =
/// StrongString<struct BucketNameTag>`.
template <typename Tag>
class StrongString {
  public:
    StrongString() = default;

    explicit StrongString(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] const std::string& str() const { return value_; }

    [[nodiscard]] bool empty() const { return value_.empty(); }

    auto operator<=>(const StrongString&) const = default;

  private:
    std::string value_;
};

}  // namespace antipode

template <typename Tag>
struct std::hash<antipode::StrongString<Tag>> {
    std::size_t operator()(const antipode::StrongString<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.str());
    }
};
