#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace antipode::codec {

/// "64KiB", "2MiB", "1GiB", "512B": a whole number and a unit. InvalidArgument otherwise, also for
/// a bare number other than 0: a size without a unit is a guess.
Result<std::uint64_t> parse_size(std::string_view text);

/// "250ms", "2s", "5min", "1h"; the rules of parse_size.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace antipode::codec
