#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "object/object_service.h"
#include "runtime/task.h"
#include "sim/region.h"

namespace antipode::sim {

/// A version and all its bytes, as a client reads them.
struct ReadObject {
    ObjectVersion version;
    std::string body;
};

Task<Result<ReadObject>> read_object(std::shared_ptr<Process> process, object::VersionName name);

/// What is wrong with the bytes, if their digest tells; empty when nothing is.
std::string wrong_bytes(const ReadObject& object);

}  // namespace antipode::sim
