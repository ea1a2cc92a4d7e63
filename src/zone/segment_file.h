#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/file_system.h"

namespace antipode::zone {

/// A file of fixed size that is written in place, with direct I/O where the file system has it: no
/// growth, so a flush writes data only. After a failed write or sync it is broken for good: every
/// later call fails, because nobody knows what is on the disk. Offsets and sizes are multiples of
/// kBlockBytes, addresses come from AlignedBuffer. Calls block; they may run on several threads as
/// long as ranges do not overlap.
class SegmentFile {
  public:
    /// Makes the file and writes zeros over all of it once (an overwrite flushes several times
    /// faster than a first write), durable when it returns. A crash in between leaves only
    /// `path`.new, which the next create() replaces.
    static Result<std::unique_ptr<SegmentFile>> create(runtime::FileSystem& files,
                                                       const std::string& path,
                                                       std::uint64_t size);
    static Result<std::unique_ptr<SegmentFile>> open(runtime::FileSystem& files,
                                                     const std::string& path);
    /// A file that is needed no more becomes `path`: its old content is still in it.
    static Result<std::unique_ptr<SegmentFile>> recycle(runtime::FileSystem& files,
                                                        const std::string& old_path,
                                                        const std::string& path);

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] std::uint64_t size() const { return size_; }

    [[nodiscard]] bool is_broken() const { return is_broken_.load(); }

    Result<void> write_at(std::uint64_t offset, ByteView bytes);
    Result<void> read_at(std::uint64_t offset, MutableByteView into);
    /// All writes that returned before are durable.
    Result<void> sync();

  private:
    SegmentFile(std::unique_ptr<runtime::File> file, std::string path, std::uint64_t size)
        : file_(std::move(file)), path_(std::move(path)), size_(size) {}

    Result<void> check(std::uint64_t offset, ByteView bytes) const;
    Result<void> note(Result<void> result);

    std::unique_ptr<runtime::File> file_;
    const std::string path_;
    const std::uint64_t size_;
    std::atomic<bool> is_broken_ = false;
};

}  // namespace antipode::zone
