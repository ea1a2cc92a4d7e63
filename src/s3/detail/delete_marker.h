#pragma once

#include <optional>
#include <string>

#include "s3/detail/errors.h"

namespace antipode::s3 {

/// Adds what S3 tells about a delete marker that was found instead of an object:
/// x-amz-delete-marker and its version id.
[[nodiscard]] S3Error read_error(Error error, const std::optional<std::string>& version_id);

}  // namespace antipode::s3
