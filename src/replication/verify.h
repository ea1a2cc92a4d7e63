#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "catalog/catalog.h"
#include "model/replication_rule.h"
#include "replication/peer_client.h"
#include "replication/replication_admin.h"
#include "runtime/task.h"

namespace antipode::replication {

/// Compares the source bucket with the rule's destination now. First the set digests that both keep
/// with their commits; where those cannot prove equality (prefix rules, other writers, a
/// difference), version by version. Differences that vanish when looked at again a moment later
/// (changes on their way) are not reported; `excluded` (key, version id) need not be there.
Task<Result<Verification>> compare(std::shared_ptr<catalog::OpenBucket> bucket,
                                   ReplicationRule rule,
                                   PeerClient& peer,
                                   std::set<std::pair<std::string, std::string>> excluded);

}  // namespace antipode::replication
