#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/units.h"
#include "runtime/disk_condition.h"
#include "runtime/disk_threads.h"
#include "runtime/file_system.h"
#include "zone/zone_watch.h"

namespace antipode::blob {

struct ZoneDiskOptions {
    /// Two: one batch is being flushed while the next is being written.
    std::size_t write_threads = 2;
    std::size_t read_threads = 4;
    std::size_t write_queue_max = 4096;
    std::size_t read_queue_max = 1024;
    std::uint64_t batch_bytes_max = 8 * kMiB;
    /// Segments of this zone that are open at a time, per kind of access.
    std::size_t open_files_max = 128;
};

/// Told exactly once how a call to a disk went, on a thread of the disk; when it is dropped untold:
/// Unavailable. Must be short, must not throw, and owns (shared_ptr) what it touches: the call may
/// hang for longer than the store lives.
class Done {
  public:
    using Function = std::move_only_function<void(Result<void>)>;

    Done() = default;

    explicit Done(Function function) : function_(std::move(function)) {}

    Done(Done&& other) noexcept : function_(std::exchange(other.function_, nullptr)) {}

    Done& operator=(Done&& other) noexcept {
        std::swap(function_, other.function_);
        return *this;
    }

    Done(const Done&) = delete;
    Done& operator=(const Done&) = delete;

    ~Done() { tell(fail(ErrorCode::Unavailable, "the zone is out or overloaded")); }

    void tell(Result<void> result) {
        if (Function function = std::exchange(function_, nullptr)) {
            function(std::move(result));
        }
    }

  private:
    Function function_;
};

/// Bytes for the disk: page-aligned memory, offset and size. `keep` owns them until the call to the
/// disk has returned, however long it hangs. `done` is told once they are durable (or are not).
struct DiskWrite {
    std::uint32_t segment = 0;
    std::uint64_t offset = 0;
    ByteView bytes;
    std::shared_ptr<const void> keep;
    Done done;
};

struct DiskRead {
    std::uint32_t segment = 0;
    std::uint64_t offset = 0;
    MutableByteView into;
    /// Past the page cache, from the medium: for scrub. Then aligned as a write is.
    bool direct = false;
    std::shared_ptr<const void> keep;
    Done done;
};

/// The segment files of one zone with threads of their own, so that a zone that hangs holds up
/// nobody else. Writes share flushes: what arrives while a batch is on its way is the next batch.
/// Writes are O_DIRECT, reads go through the page cache
/// (docs/decisions/0021-blob-reads-through-the-page-cache.md). Calls are watched; a failed write or
/// flush puts the zone out, a failed read does not (one bad sector is no lost zone). Threads: any.
class ZoneDisk : public std::enable_shared_from_this<ZoneDisk> {
  public:
    /// `zone_directory` must exist. Creates ZONE/blobs. Blocks.
    static Result<std::shared_ptr<ZoneDisk>> open(runtime::FileSystem& files,
                                                  const std::string& zone_directory,
                                                  std::shared_ptr<zone::ZoneWatch> watch,
                                                  const ZoneDiskOptions& options);
    ZoneDisk(const ZoneDisk&) = delete;
    ZoneDisk& operator=(const ZoneDisk&) = delete;
    ~ZoneDisk() = default;

    void write(DiskWrite write);
    void read(DiskRead read);
    /// Deletes the file of a segment, in the background; no error when there is none.
    void remove_segment(std::uint32_t segment);
    /// Tells `done` the free bytes of the file system.
    void probe(std::move_only_function<void(Result<std::uint64_t>)> done);
    /// The segments this zone has a file of. Blocks.
    Result<std::vector<std::uint32_t>> segments();

    /// Refuses what is queued and all that comes later; waits at most `patience` for what is under
    /// way.
    void close(runtime::Duration patience);

  private:
    using FilePointer = std::shared_ptr<runtime::File>;
    enum class Access : std::uint8_t { Write, Read, ReadDirect };

    ZoneDisk(runtime::FileSystem& files,
             std::string directory,
             std::shared_ptr<zone::ZoneWatch> watch,
             const ZoneDiskOptions& options);

    void drain();
    void write_batch(std::vector<DiskWrite>& batch);
    Result<FilePointer> write_one(const DiskWrite& write);
    Result<void> read_one(const DiskRead& read);
    Result<void> judged(Result<void> result);
    Result<FilePointer> file_of(std::uint32_t segment, Access access);
    FilePointer open_already(std::uint32_t segment, Access access);
    Result<FilePointer> open_file(std::uint32_t segment, Access access);
    void forget_file(std::uint32_t segment);
    [[nodiscard]] std::string path_of(std::uint32_t segment) const;

    runtime::FileSystem& files_;
    const std::string directory_;
    const std::shared_ptr<zone::ZoneWatch> watch_;
    const ZoneDiskOptions options_;
    std::atomic<bool> closed_ = false;

    std::mutex queue_mutex_;
    std::deque<DiskWrite> queue_;
    std::size_t drainers_ = 0;

    /// Nobody writes to a file whose name may not be durable yet. Taken before files_mutex_, held
    /// over calls.
    runtime::DiskMutex create_mutex_;
    std::mutex files_mutex_;
    std::map<std::pair<std::uint32_t, Access>, FilePointer> open_files_;

    runtime::DiskThreads readers_;
    runtime::DiskThreads writers_;
};

/// The file system gives one code for all of errno; this is the one that must be told apart.
bool is_no_space(const Error& error);

}  // namespace antipode::blob
