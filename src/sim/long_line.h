#pragma once

#include "runtime/task.h"
#include "sim/world.h"

namespace antipode::sim {

/// After all else: an object whose bytes the source has lost is told of, and in nobody's way; when
/// it is mended it arrives.
Task<void> run_damage(World* world);

/// After all else: a large object over a rule with a limit, whose source and destination die again
/// and again. It arrives, not sooner than the limit allows, and lets small ones pass.
Task<void> run_long_line(World* world);

}  // namespace antipode::sim
