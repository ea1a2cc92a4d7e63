#pragma once

#include <string_view>

namespace antipode::server {

/// From the project's CMakeLists.txt.
inline constexpr std::string_view kVersion = ANTIPODE_VERSION;

}  // namespace antipode::server
