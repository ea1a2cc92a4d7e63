#include "runtime/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include "base/check.h"

namespace antipode::runtime {

TemporaryDirectory::TemporaryDirectory()
    : path_((std::filesystem::temp_directory_path() / "antipode-XXXXXX").string()) {
    CHECK(::mkdtemp(path_.data()) != nullptr);
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace antipode::runtime
