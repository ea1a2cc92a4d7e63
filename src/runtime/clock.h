#pragma once

#include "runtime/executor.h"

namespace antipode::runtime {

/// Monotonic time for threads that belong to no executor (those of disks). Coroutines ask their
/// executor.
Instant steady_now();

}  // namespace antipode::runtime
