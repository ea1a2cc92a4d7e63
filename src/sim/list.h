#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "object/object_service.h"
#include "runtime/task.h"
#include "sim/ledger.h"
#include "sim/region.h"

namespace antipode::sim {

using Versions = std::map<Ledger::Name, object::VersionEntry>;

/// All versions of a bucket, as a client lists them.
Task<Result<Versions>> list_all(std::shared_ptr<Process> process, std::string bucket);

}  // namespace antipode::sim
