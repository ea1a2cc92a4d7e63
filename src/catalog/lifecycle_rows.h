#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/lifecycle_rule.h"

/// The lifecycle rules of a bucket as they are kept: one record, cut into rows of the root
/// partition because a thousand rules are larger than a row (docs/formats/rows.md, `l0`).
namespace antipode::catalog {

/// EntityTooLarge beyond it, so that one commit can hold them.
inline constexpr std::size_t kLifecycleBytesMax = 512UL * 1024;

std::string encode(const LifecycleRules& rules);
Result<LifecycleRules> decode_lifecycle(std::string_view record);

/// At most a row's value each.
std::vector<std::string> cut_lifecycle(std::string_view record);

}  // namespace antipode::catalog
