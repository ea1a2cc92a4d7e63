#pragma once

#include <string_view>

#include "codec/xml_writer.h"
#include "model/lifecycle_rule.h"
#include "s3/detail/errors.h"

/// The document of ?lifecycle, with Filter or (of old) with Prefix.
namespace antipode::s3 {

/// Syntax and what S3 alone demands, in its words; the rest is check_lifecycle()'s.
S3Result<LifecycleRules> parse_lifecycle(std::string_view xml);

/// What a rule says that only OSS can say ("Filter/Not"); empty when S3 can show all of it.
[[nodiscard]] std::string_view said_only_in_oss(const LifecycleRule& rule);

void write_lifecycle(codec::XmlWriter& xml, const LifecycleRules& rules);

}  // namespace antipode::s3
