#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace antipode::runtime {

/// Holds a file against other processes (and other holders in this one) until destroyed or the
/// process ends, however it ends.
class FileLock {
  public:
    /// Makes the file when it is not there. Unavailable when somebody else holds it.
    static Result<std::unique_ptr<FileLock>> acquire(const std::string& path);
    /// What tells a file from another one that has come to its path: device and inode.
    using FileId = std::pair<std::uint64_t, std::uint64_t>;

    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    /// As it was when it was acquired: touches no disk.
    [[nodiscard]] std::optional<FileId> id() const { return id_; }

    /// Empty when there is no file.
    static std::optional<FileId> id_of(const std::string& path);

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
    std::optional<FileId> id_;
};

}  // namespace antipode::runtime
