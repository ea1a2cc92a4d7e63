#include "runtime/symbolic_link.h"

#include <filesystem>

#include <fmt/format.h>

#include "runtime/file_system.h"

namespace antipode::runtime {

bool is_symbolic_link(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_symlink(path, error);
}

Result<void> put_symbolic_link(const std::string& path, const std::string& target) {
    const std::string fresh = path + ".new-link";
    std::error_code error;
    std::filesystem::remove(fresh, error);  // Of an earlier attempt.
    std::filesystem::create_symlink(target, fresh, error);
    if (error) {
        return fail(ErrorCode::Io, fmt::format("{}: {}", fresh, error.message()));
    }
    auto renamed = make_posix_file_system()->rename(fresh, path);
    if (!renamed) {
        std::filesystem::remove(fresh, error);
    }
    return renamed;
}

}  // namespace antipode::runtime
