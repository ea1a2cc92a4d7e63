#pragma once

#include <string>

namespace antipode::runtime {

/// 32 hexadecimal digits that nobody has had before: from the system's entropy, so not repeatable.
/// For the names of installations (regions, zones), never for decisions that the simulator must
/// repeat.
std::string make_unique_id();

}  // namespace antipode::runtime
