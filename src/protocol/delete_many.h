#pragma once

#include <vector>

#include "object/object_service.h"

namespace antipode::protocol {

/// Deletes with up to 32 in flight: a request of 1,000 keys shares commits instead of waiting for
/// 1,000 in a row. Results stand in the order of the requests; InvalidObjectName for what can be
/// the key of no object. `caller` lives until the task ends.
Task<std::vector<Result<object::Deleted>>> delete_many(
    object::ObjectService& objects,
    const object::Caller& caller,
    std::vector<object::DeleteObjectRequest> requests);

}  // namespace antipode::protocol
