#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "runtime/byte_source.h"
#include "runtime/task.h"

namespace antipode::runtime {

/// The whole of a small body. Null = empty. EntityTooLarge beyond `bytes_max`; else the source's
/// own errors.
Task<Result<std::string>> read_text(ByteSource* source, std::size_t bytes_max);

}  // namespace antipode::runtime
