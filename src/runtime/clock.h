#pragma once

#include "runtime/executor.h"

namespace antipode::runtime {

/// Monotonic time for threads that belong to no executor (those of disks). Coroutines ask their
/// executor. Simulated where threads are (sim_threads.h).
Instant steady_now();

}  // namespace antipode::runtime
