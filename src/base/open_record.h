#pragma once

#include <cstdint>
#include <string_view>

#include "base/record.h"

namespace antipode {

/// A reader behind the first byte of `value`, which is the number of the record's format. Corrupt
/// naming `what` ("a version row") when it is not `format`: a newer program wrote it, or nobody
/// did.
Result<RecordReader> open_record(std::string_view value,
                                 std::uint8_t format,
                                 std::string_view what);

}  // namespace antipode
