#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/file_system.h"

namespace antipode::runtime {

/// One change of a file that no sync has covered, with what it takes to undo it.
struct UnsyncedChange {
    std::uint64_t offset = 0;
    Bytes old_bytes;  ///< As far as the file reached.
    Bytes new_bytes;  ///< Empty for a truncation.
    std::uint64_t old_size = 0;
};

/// The changes that a power cut would lose, by path. Threads: all methods from any thread.
class UnsyncedWrites {
  public:
    /// Reads what a write of `new_bytes` at `offset` is about to replace, and remembers both.
    Result<void> before_write(const std::string& path,
                              File& file,
                              std::uint64_t offset,
                              ByteView new_bytes);
    Result<void> before_truncate(const std::string& path, File& file, std::uint64_t new_size);
    void created(const std::string& path);

    void synced(const std::string& path);
    void directory_synced(const std::string& directory);
    void removed(const std::string& path);
    void renamed(const std::string& from, const std::string& to);
    /// Everything under the prefix is as if synced.
    void forget(const std::string& prefix);

    /// Undoes the changes under `prefix`. `survivors_seed` non-null: a subset of the writes is then
    /// done again.
    Result<void> crash(const std::string& prefix,
                       FileSystem& files,
                       const std::uint64_t* survivors_seed);

  private:
    std::mutex mutex_;
    std::map<std::string, std::vector<UnsyncedChange>> changes_;
    std::set<std::string> created_;
};

/// Whether `prefix` is `path` or one of the directories above it.
bool covers(const std::string& prefix, const std::string& path);

}  // namespace antipode::runtime
