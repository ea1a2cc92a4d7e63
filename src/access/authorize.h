#pragma once

#include "access/principal.h"
#include "base/result.h"
#include "model/bucket.h"
#include "model/object_version.h"

namespace antipode::access {

enum class Need : std::uint8_t { Read, Write, ManageAcl, Own };

/// On a bucket: Read = list, Write = put and delete objects, Own = configuration. AccessDenied
/// otherwise.
Result<void> may_use_bucket(const Principal& principal, const Bucket& bucket, Need need);

/// On an existing object: its own ACL goes before the bucket's; Default = the bucket's.
Result<void> may_read_object(const Principal& principal,
                             const Bucket& bucket,
                             const ObjectVersion& object);

}  // namespace antipode::access
