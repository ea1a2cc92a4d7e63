#pragma once

#include <cstddef>

#include "runtime/task.h"
#include "sim/world.h"

namespace antipode::sim {

/// One zone of the region after the other is lost in every way there is, until the world stops:
/// the next one only when the region says that it is whole again, and that must be soon. Nothing
/// for a region without zones.
Task<void> run_zone_faults(World* world, std::size_t region);

/// Waits until all zones of the region are well and nothing is protected less than it should be;
/// that it takes too long is a violation.
Task<void> await_whole(World* world, Region* region);

/// In the end: everything is read with each zone in turn away, and nothing but what is named takes
/// space.
Task<void> check_zones(World* world, Region* region);

}  // namespace antipode::sim
