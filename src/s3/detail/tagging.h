#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"
#include "model/object_version.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// <Tagging><TagSet><Tag><Key/><Value/></Tag>...; MalformedXML or what check_tags says.
[[nodiscard]] S3Result<NamedValues> parse_tagging(std::string_view xml, std::size_t count_max);

[[nodiscard]] http::Response tagging_response(const NamedValues& tags);

}  // namespace antipode::s3
