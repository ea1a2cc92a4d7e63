#pragma once

#include <string_view>
#include <vector>

#include "codec/xml_writer.h"
#include "model/replication_rule.h"
#include "s3/detail/errors.h"

/// ReplicationConfiguration in both of its forms: V1 (Prefix in the rule) and V2 (Filter).
namespace antipode::s3 {

/// Rules without target_region when the ARN names none. What is not built is refused by name.
[[nodiscard]] S3Result<std::vector<ReplicationRule>> parse_replication(std::string_view xml,
                                                                       std::string_view owner);

/// What a rule says that only OSS can say ("the Action ALL"); empty when S3 can show all of it.
[[nodiscard]] std::string_view said_only_in_oss(const ReplicationRule& rule);

void write_replication(codec::XmlWriter& xml, const std::vector<ReplicationRule>& rules);

}  // namespace antipode::s3
