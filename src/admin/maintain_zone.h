#pragma once

#include "admin/protection.h"
#include "base/result.h"
#include "runtime/task.h"
#include "zone/zone_set.h"

namespace antipode::admin {

/// Takes a zone out for maintenance (ZoneSet::hold), drained first: waits until every body is on
/// its three zones, so that nothing hangs on this one alone. `is_at_once`: does not wait for that.
///
/// Errors, and nothing is changed: Conflict (another zone is not ok; bodies are still being healed,
/// which is worth another try).
Task<Result<void>> begin_maintenance(zone::ZoneSet& zones,
                                     const Protection& protection,
                                     std::size_t zone,
                                     bool is_at_once);

}  // namespace antipode::admin
