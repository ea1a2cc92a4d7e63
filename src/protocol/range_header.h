#pragma once

#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace antipode::protocol {

/// What a Range header means for an object of a known size.
struct RangeChoice {
    enum class Kind : std::uint8_t {
        Whole,    ///< No header, another unit, broken syntax or several ranges: answer 200 with
                  ///< everything.
        Partial,  ///< 206 with `range`.
        Unsatisfiable,  ///< Starts behind the end (or a suffix of 0): S3 416; OSS 200 unless told
                        ///< otherwise.
    };
    Kind kind = Kind::Whole;
    ByteRange range;
    bool was_cut =
        false;  ///< The last byte asked for lies behind the end (OSS then gives the whole object).
};

[[nodiscard]] RangeChoice choose_range(std::string_view header, std::uint64_t size_bytes);

}  // namespace antipode::protocol
