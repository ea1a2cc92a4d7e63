#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "runtime/fault_file_system.h"

namespace antipode::runtime {

/// Of what was read at `offset`: one bit in one of so many blocks of 4 KiB is wrong. A place rots
/// or it does not: the choice depends on path and block only, so that each read sees the same
/// damage.
void flip_bits(const std::string& path,
               std::uint32_t one_of,
               std::uint64_t offset,
               MutableByteView bytes);

/// Both at once.
FileFaults sum(FileFaults left, const FileFaults& right);

}  // namespace antipode::runtime
