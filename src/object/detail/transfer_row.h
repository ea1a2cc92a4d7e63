#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// Names a transfer whose bytes no version names yet, and when it last got a chunk; leftovers are
/// found by it (docs/formats/rows.md, `x0in0`).
namespace antipode::object {

std::string transfer_rows();
std::string transfer_row(std::string_view transfer_id);
std::string encode_transfer(std::int64_t active_ms);
/// When it last got a chunk; 0 for rows of before times were kept.
Result<std::int64_t> decode_transfer(std::string_view value);

}  // namespace antipode::object
