#include "runtime/file_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace antipode::runtime {

namespace {

class DescriptorLock final : public FileLock {
  public:
    DescriptorLock(int descriptor, std::optional<FileId> id)
        : FileLock(id), descriptor_(descriptor) {}

    ~DescriptorLock() override { ::close(descriptor_); }

  private:
    int descriptor_;
};

}  // namespace

Result<std::unique_ptr<FileLock>> FileLock::acquire(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) {
        const int error = errno;
        return fail(
            error == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
            fmt::format("cannot open {}: {}", path, std::generic_category().message(error)));
    }
    struct stat found{};
    const auto id = ::fstat(descriptor, &found) == 0
                        ? std::optional(FileId(found.st_dev, found.st_ino))
                        : std::nullopt;
    auto lock = std::make_unique<DescriptorLock>(descriptor, id);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::Unavailable, fmt::format("{} is held by another process", path));
    }
    return lock;
}

std::optional<FileLock::FileId> FileLock::id_of(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? std::optional(FileId(found.st_dev, found.st_ino))
                                             : std::nullopt;
}

}  // namespace antipode::runtime
