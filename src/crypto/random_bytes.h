#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace antipode::crypto {

/// For secrets only (keys, credentials). What must be repeatable in the simulator comes from
/// runtime/ instead.
[[nodiscard]] Bytes random_bytes(std::size_t count);

}  // namespace antipode::crypto
