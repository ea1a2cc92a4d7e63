#pragma once

#include <string>

#include "base/result.h"

namespace antipode::runtime {

/// Whether `path` itself is a symbolic link.
bool is_symbolic_link(const std::string& path);

/// Makes `path` a symbolic link to `target`, in the place of an earlier link if there is one;
/// atomic and durable. Io when `path` is something else. Blocks.
Result<void> put_symbolic_link(const std::string& path, const std::string& target);

}  // namespace antipode::runtime
