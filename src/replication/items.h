#pragma once

#include <string>

#include "base/result.h"
#include "catalog/partition.h"
#include "replication/peer_protocol.h"
#include "runtime/task.h"

namespace antipode::replication {

/// Versions of a bucket with their digests, behind (after_key, after_version_id). For verification,
/// on both sides; at the source with the rule, which marks what it does not bring over.
Task<Result<ItemPage>> list_items(catalog::Partition& partition,
                                  std::string after_key,
                                  std::string after_version_id,
                                  std::size_t limit,
                                  const ReplicationRule* rule = nullptr);

}  // namespace antipode::replication
