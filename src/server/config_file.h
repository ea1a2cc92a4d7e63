#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace antipode::server {

/// Values by option name, as the command line gives them too.
using Settings = std::map<std::string, std::vector<std::string>>;

/// Reads TOML whose keys are the options' names. Errors name `file` and, where there is one, the
/// line.
Result<Settings> parse_config_file(std::string_view content, const std::string& file);

}  // namespace antipode::server
