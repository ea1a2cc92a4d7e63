#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/file_lock.h"

namespace antipode::runtime {

/// One open file. Calls block: use from threads that may block (ThreadPool, a zone's own threads),
/// never on an executor. Errors are Io (with errno's text), or NotFound. Threads: concurrent calls
/// on disjoint ranges are allowed.
class File {
  public:
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    virtual ~File() = default;

    /// Fills `into` wholly, or fails (short file: Io "unexpected end").
    virtual Result<void> read_at(std::uint64_t offset, MutableByteView into) = 0;
    virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;
    /// fdatasync. After an error the file's unsynced content is unknown: never reuse it
    /// (deps.md 2.3 point 7).
    virtual Result<void> sync() = 0;
    virtual Result<std::uint64_t> size() = 0;
    virtual Result<void> truncate(std::uint64_t size) = 0;
};

struct OpenFile {
    bool create = false;
    bool exclusive = false;  ///< With create: fail when it exists.
    /// O_DIRECT: offsets, sizes and addresses must be multiples of 4,096. Silently not direct where
    /// unsupported.
    bool direct = false;
};

/// The files of one zone or process; wrapped to inject faults (runtime/fault_file_system.h).
class FileSystem {
  public:
    FileSystem() = default;
    FileSystem(const FileSystem&) = delete;
    FileSystem& operator=(const FileSystem&) = delete;
    virtual ~FileSystem() = default;

    virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenFile how) = 0;
    /// With parents; no error when it exists.
    virtual Result<void> create_directories(const std::string& path) = 0;
    /// Names (not paths) in a directory, sorted.
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
    virtual Result<void> remove_file(const std::string& path) = 0;
    virtual Result<void> remove_tree(const std::string& path) = 0;
    /// Atomic; syncs the directory.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<void> sync_directory(const std::string& path) = 0;
    virtual Result<std::string> read_file(const std::string& path) = 0;
    /// Temporary file, sync, rename, sync of the directory: old or new content after a crash, never
    /// a mixture.
    virtual Result<void> write_file_atomically(const std::string& path,
                                               const std::string& content) = 0;
    virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
    /// FileLock::acquire and FileLock::id_of of these files.
    virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path);
    virtual std::optional<FileLock::FileId> lock_id(const std::string& path);
};

/// The operating system's files.
std::unique_ptr<FileSystem> make_posix_file_system();

}  // namespace antipode::runtime
