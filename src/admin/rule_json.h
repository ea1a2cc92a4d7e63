#pragma once

#include <boost/json/value.hpp>

#include "base/result.h"
#include "model/replication_rule.h"

namespace antipode::admin {

/// A replication rule as JSON: target_region, target_bucket (both required), id, prefixes, tags
/// ([{key, value}]), any_tag, action (ALL or PUT), transfer (internal or oss_acc), history, rtc,
/// sync_role, kms_objects, replica_kms_key. InvalidArgument names what is wrong.
Result<ReplicationRule> rule_from_json(const boost::json::value& value);

}  // namespace antipode::admin
