#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "codec/uri.h"
#include "oss/exchange.h"

namespace antipode::oss {

enum class Level : std::uint8_t { Service, Bucket, Object };

/// The verb that method, level and sub-resource name. NotImplemented with the sub-resource's name
/// for what is not built or not known, MethodNotAllowed when the sub-resource is known but not with
/// this method.
Result<Handler> find_handler(std::string_view method, Level level, const codec::Query& query);

}  // namespace antipode::oss
