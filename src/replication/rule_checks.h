#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "model/bucket.h"
#include "replication/peer_protocol.h"
#include "replication/region_catalogue.h"

/// May this rule be? Pure functions, in the order in which they are asked (oss-facts 1.4): the
/// destination by name, the pair and the counts, the link, what the destination says, versioning,
/// tags, keys.
namespace antipode::replication {

/// What can be seen in the source's region. BucketReplicationAlreadyExist, InvalidArgument,
/// InvalidTargetBucket, MissingArgument, TooManyOutgoingReplication.
Result<void> check_at_source(const Bucket& source,
                             std::string_view source_region,
                             const ReplicationRule& rule,
                             const RegionCatalogue& regions);

/// Pair, id and count, again under the lock in which the rule is added.
Result<void> check_pair(const Bucket& source, const ReplicationRule& rule);

/// What the destination's region told about its bucket. InvalidTargetBucket, InvalidTargetLocation,
/// TooManyIncomingReplication, InvalidBucketStatus, and InvalidArgument of tags.
Result<void> check_at_target(const Bucket& source,
                             std::string_view source_region,
                             const ReplicationRule& rule,
                             const BucketFacts& target,
                             const RegionCatalogue& regions);

/// Least epoch of the bucket's rules to the destination of `rule` that are not closing; without one
/// everything up to `rule` is over.
std::uint64_t rule_floor(const Bucket& source, const ReplicationRule& rule);

}  // namespace antipode::replication
