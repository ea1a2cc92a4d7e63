#pragma once

#include <string>

#include "base/result.h"
#include "catalog/partition.h"
#include "model/replication_rule.h"
#include "replication/peer_protocol.h"
#include "runtime/task.h"

namespace antipode::replication {

/// At the source: what the rule does not bring over is marked.
struct ItemsOfRule {
    ReplicationRule rule;
    /// The destination is also a source of this bucket: what arrived from its region is there.
    bool is_fed_by_target = false;
};

/// Versions of a bucket with their digests, behind (after_key, after_version_id). For verification,
/// on both sides.
Task<Result<ItemPage>> list_items(catalog::Partition& partition,
                                  std::string after_key,
                                  std::string after_version_id,
                                  std::size_t limit,
                                  const ItemsOfRule* of = nullptr);

}  // namespace antipode::replication
