#pragma once

#include "runtime/task.h"
#include "sim/world.h"

namespace antipode::sim {

/// Lines get slow, lose their way in one direction or both, processes die and come back, clocks
/// jump; one after the other and over each other, until the world stops. Then everything is well
/// again.
Task<void> run_faults(World* world);

}  // namespace antipode::sim
