#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace antipode::runtime {

/// Holds a file against other processes (and other holders in this one) until destroyed or the
/// process ends, however it ends. Got from FileSystem::lock.
class FileLock {
  public:
    /// The operating system's: makes the file when it is not there. Unavailable when somebody else
    /// holds it.
    static Result<std::unique_ptr<FileLock>> acquire(const std::string& path);
    /// What tells a file from another one that has come to its path: device and inode.
    using FileId = std::pair<std::uint64_t, std::uint64_t>;

    virtual ~FileLock() = default;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

    /// As it was when it was acquired: touches no disk.
    [[nodiscard]] std::optional<FileId> id() const { return id_; }

    /// The operating system's: empty when there is no file.
    static std::optional<FileId> id_of(const std::string& path);

  protected:
    explicit FileLock(std::optional<FileId> id) : id_(id) {}

  private:
    std::optional<FileId> id_;
};

}  // namespace antipode::runtime
