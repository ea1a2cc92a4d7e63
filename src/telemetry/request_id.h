#pragma once

#include <cstdint>
#include <string>

#include "runtime/executor.h"

namespace antipode::telemetry {

/// 24 upper-case hexadecimal digits: eight of the second, so that ids sort by time, and sixteen of
/// chance.
std::string make_request_id(runtime::WallTime now, std::uint64_t random);

/// The same from the current executor's clock and chance. Only on an executor.
std::string next_request_id();

}  // namespace antipode::telemetry
