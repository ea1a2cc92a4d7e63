#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/replication_rule.h"
#include "oss/exchange.h"
#include "replication/rule_service.h"

/// The documents of cross-region replication (oss-facts 1.2 to 1.9). Parsers check syntax only;
/// `detail` gets the EC.
namespace antipode::oss {

Result<ReplicationRule> parse_add_replication(std::string_view body, ErrorDetail& detail);
/// The id of the one rule to remove.
Result<std::string> parse_delete_replication(std::string_view body);

struct RtcChange {
    std::string rule_id;
    bool enabled = false;
};

Result<RtcChange> parse_put_rtc(std::string_view body, ErrorDetail& detail);

/// `progress` tells whether history is still being copied, of rules with RTC.
std::string replication_document(const std::vector<ReplicationRule>& rules,
                                 const std::vector<replication::RuleProgress>& progress);
/// What a rule says that only S3 can say ("DeleteMarkerReplication Disabled"); empty when OSS can
/// show all of it.
std::string said_only_in_s3(const ReplicationRule& rule, const std::vector<ReplicationRule>& rules);
std::string progress_document(const std::vector<replication::RuleProgress>& rules);
std::string location_document(const std::vector<replication::TargetRegion>& regions);

}  // namespace antipode::oss
