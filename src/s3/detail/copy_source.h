#pragma once

#include <optional>
#include <string_view>

#include "base/units.h"
#include "http/message.h"
#include "object/object_service.h"
#include "s3/detail/errors.h"

namespace antipode::s3 {

/// x-amz-copy-source ("/bucket/key?versionId=..", URL-encoded, the first '/' optional) and its
/// conditions.
[[nodiscard]] S3Result<object::CopySource> parse_copy_source(const http::Headers& headers);

/// x-amz-copy-source-range: only "bytes=first-last"; null when absent, InvalidArgument otherwise.
[[nodiscard]] S3Result<std::optional<ByteRange>> parse_copy_range(const http::Headers& headers);

}  // namespace antipode::s3
