#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "object/object_service.h"

namespace antipode::oss {

/// CompleteMultipartUpload{Part+{PartNumber, ETag}}. MalformedXml otherwise; whether the parts
/// ascend is object/'s check.
Result<std::vector<object::CompletePart>> parse_complete_upload(std::string_view body);

}  // namespace antipode::oss
