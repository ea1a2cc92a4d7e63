#pragma once

#include <cstddef>

#include "runtime/task.h"
#include "sim/world.h"

namespace antipode::sim {

/// Rules in their lives, one after the other until the world stops, each between buckets of its own
/// that nobody else writes to: with history, under changes, removed in the middle of it. What must
/// be at the destination is, what came after the removal is not, and what the removed rule leaves
/// behind keeps nobody from anything.
Task<void> run_rules(World* world, std::size_t number);

}  // namespace antipode::sim
