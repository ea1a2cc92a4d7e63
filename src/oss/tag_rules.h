#pragma once

#include <cstddef>

#include "oss/exchange.h"

namespace antipode::oss {

struct TagLimits {
    std::size_t count = 0;
    std::size_t key_bytes = 0;
    std::size_t value_bytes = 0;
};

inline constexpr TagLimits kBucketTagLimits{.count = 20, .key_bytes = 64, .value_bytes = 128};
inline constexpr TagLimits kObjectTagLimits{.count = 10, .key_bytes = 128, .value_bytes = 256};

/// TooManyTags, InvalidTaggingKey, InvalidTag or RepeatedTags.
Result<void> check_tags(Exchange& x, const NamedValues& tags, TagLimits limits);

}  // namespace antipode::oss
