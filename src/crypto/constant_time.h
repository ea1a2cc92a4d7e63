#pragma once

#include <string_view>

namespace antipode::crypto {

/// Whether both are the same, in a time that depends on their lengths only. For signatures and
/// secrets.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace antipode::crypto
