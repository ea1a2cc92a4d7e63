#pragma once

#include "runtime/task.h"
#include "sim/world.h"

namespace antipode::sim {

/// After clients and faults have ended: waits until both regions say that they are equal (within a
/// bound: liveness), and then looks for itself, at every version in both, against each other and
/// against the ledger. What is wrong becomes a violation.
Task<void> run_checks(World* world);

/// While everything runs: what is said to be at the other side is there (promise 9).
Task<void> watch_progress(World* world, std::size_t region);
/// While everything runs: status answers, and counts at least what is not at the other side.
Task<void> watch_backlog(World* world, std::size_t region);

}  // namespace antipode::sim
