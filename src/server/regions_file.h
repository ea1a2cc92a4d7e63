#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/region_catalogue.h"

namespace antipode::server {

/// Reads TOML of [[region]] tables: id (required), name, mainland, zrs, rtc (booleans), tag-rules
/// ("nowhere", "outside" or "anywhere"). Errors name `file` and the line.
Result<std::vector<replication::RegionFacts>> parse_regions_file(std::string_view content,
                                                                 const std::string& file);

}  // namespace antipode::server
