#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace antipode::runtime {

/// Holds a file against other processes (and other holders in this one) until destroyed or the
/// process ends, however it ends.
class FileLock {
  public:
    /// Makes the file when it is not there. Unavailable when somebody else holds it.
    static Result<std::unique_ptr<FileLock>> acquire(const std::string& path);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

  private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

}  // namespace antipode::runtime
