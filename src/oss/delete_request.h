#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace antipode::oss {

struct DeleteTarget {
    std::string key;
    std::optional<std::string> version_id;

    bool operator==(const DeleteTarget&) const = default;
};

struct DeleteObjectsRequest {
    bool is_quiet = false;
    std::vector<DeleteTarget> targets;  ///< 1 to 1,000.
};

/// Delete{Quiet, Object*{Key, VersionId?}}. MalformedXml otherwise, InvalidObjectName for an
/// impossible key.
Result<DeleteObjectsRequest> parse_delete_objects(std::string_view body);

}  // namespace antipode::oss
