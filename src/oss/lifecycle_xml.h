#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/lifecycle_rule.h"

/// The document of ?lifecycle.
namespace antipode::oss {

/// Syntax, and what is not built by name (rules by access time, classes that must be restored).
/// What rules may say together is check_lifecycle()'s.
Result<LifecycleRules> parse_lifecycle(std::string_view body);

/// What a rule says that only S3 can say ("NewerNoncurrentVersions"); empty when OSS can show all
/// of it.
std::string_view said_only_in_s3(const LifecycleRule& rule);

std::string lifecycle_document(const LifecycleRules& rules);

}  // namespace antipode::oss
