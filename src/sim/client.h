#pragma once

#include <cstddef>

#include "runtime/task.h"
#include "sim/world.h"

namespace antipode::sim {

/// The life of one client of one region, with retries off, until the world stops. It writes and
/// removes versions of keys that others use as well, and is alone with some keys of the plain
/// bucket, of which it knows exactly what is in them.
Task<void> run_client(World* world, std::size_t region, std::size_t number);

}  // namespace antipode::sim
