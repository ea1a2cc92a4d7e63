#pragma once

#include "runtime/executor.h"

namespace antipode::runtime {

/// For command lines, which have no executor to ask.
WallTime wall_now();

}  // namespace antipode::runtime
