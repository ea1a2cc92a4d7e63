#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace antipode::server {

/// What a command line has beside the options of `program` ("antipode edge"): InvalidArgument that
/// names the first, and the nearest of `known` ("--listen").
Result<void> refuse_extras(std::string_view program,
                           const std::vector<std::string>& extras,
                           const std::vector<std::string>& known);

}  // namespace antipode::server
