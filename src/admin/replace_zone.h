#pragma once

#include <string>

#include "base/result.h"
#include "runtime/file_system.h"
#include "runtime/task.h"
#include "zone/zone_set.h"

namespace antipode::admin {

/// Puts `directory` (which must exist and be empty) in the place of the zone's: the zone goes out,
/// its path becomes a symbolic link to `directory`, and the zone set finds an empty directory there
/// and refills it. What was a real directory at the path is kept beside it as PATH.replaced-<time>.
/// The server's arguments stay as they are. `directory` may be the zone's own path, when a new disk
/// is mounted there or it was emptied: then it only goes out and is refilled.
///
/// Errors: InvalidArgument (not there, not empty, not absolute, part of another zone), Conflict
/// (another zone is not a member: this one may hold what the other lacks), Io (the path is a mount
/// point: mount the new disk there instead).
Task<Result<void>> replace_zone(zone::ZoneSet& zones,
                                runtime::FileSystem& files,
                                std::size_t zone,
                                std::string directory);

}  // namespace antipode::admin
