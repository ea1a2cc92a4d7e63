#pragma once

#include <string>

#include "base/result.h"
#include "runtime/file_system.h"

namespace antipode::runtime {

/// As FileSystem::write_file_atomically, for what only the owner may read: the file has mode 0600
/// before the first byte is in it. Blocks.
Result<void> write_secret_file(FileSystem& files,
                               const std::string& path,
                               const std::string& content);

}  // namespace antipode::runtime
