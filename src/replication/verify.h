#pragma once

#include "base/result.h"
#include "catalog/partition.h"
#include "model/replication_rule.h"
#include "replication/peer_client.h"
#include "replication/replication_admin.h"
#include "runtime/task.h"

namespace antipode::replication {

/// Compares the source bucket with the rule's destination now. First the set digests that both keep
/// with their commits; where those cannot prove equality (prefix rules, other writers, a
/// difference), version by version. Differences that vanish when looked at again a moment later
/// (changes on their way) are not reported.
Task<Result<Verification>> compare(catalog::Partition& partition,
                                   ReplicationRule rule,
                                   PeerClient& peer);

}  // namespace antipode::replication
