#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/executor.h"
#include "runtime/file_system.h"

namespace antipode::runtime {

/// What is wrong with the paths under one prefix. The default is: nothing.
struct FileFaults {
    bool hang = false;         ///< Every call blocks until the fault is lifted.
    Duration delay{};          ///< Every call first waits so long (or until the fault is lifted).
    bool fail_reads = false;   ///< EIO.
    bool fail_writes = false;  ///< EIO.
    bool fail_syncs = false;   ///< EIO; what was written stays unsynced.
    bool no_space = false;  ///< ENOSPC for what needs new space; overwriting inside a file goes on.
    bool read_only = false;  ///< EROFS.
    /// One bit is wrong in one of so many blocks of 4 KiB (1 = in each), always the same ones. 0 =
    /// none.
    std::uint32_t flip_bit_in_one_of = 0;
    /// Remembers what is not synced yet, for crash(). Costs a read and a copy for each write.
    bool track_unsynced = false;
};

/// Which unsynced writes a crash leaves on the disk.
struct Crash {
    /// Absent: none. Else a subset drawn from the seed, in pieces of 512 bytes: torn and reordered
    /// writes.
    std::optional<std::uint64_t> survivors_seed;
};

/// Another file system with faults that can be set while it is used: the seam for drills and tests.
///
/// A prefix is a directory or file; it covers itself and all below. When several cover a path,
/// their faults add up. Threads: every method from any thread. With no faults set it costs one
/// atomic read per call.
class FaultFileSystem final : public FileSystem {
  public:
    /// `inner` outlives this object; files opened here may outlive it.
    explicit FaultFileSystem(FileSystem& inner);
    ~FaultFileSystem() override;

    /// Replaces the faults of that prefix; calls that hang or wait look again.
    void set(const std::string& prefix, FileFaults faults);
    /// Lifts the faults of that prefix (and forgets what was tracked under it).
    void clear(const std::string& prefix);
    void clear_all();
    /// How many calls under `prefix` hang or wait just now.
    [[nodiscard]] std::size_t waiting(const std::string& prefix) const;

    /// What a power cut would do under `prefix`, where track_unsynced is set: unsynced writes and
    /// truncations are undone, files that were created without a sync of their directory disappear,
    /// and files that are open fail from now on. A removal counts as durable at once. No call may
    /// be under way there.
    Result<void> crash(const std::string& prefix, Crash how = {});

    Result<std::unique_ptr<File>> open(const std::string& path, OpenFile how) override;
    Result<void> create_directories(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<void> remove_file(const std::string& path) override;
    Result<void> remove_tree(const std::string& path) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::string> read_file(const std::string& path) override;
    Result<void> write_file_atomically(const std::string& path,
                                       const std::string& content) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;
    /// These have no faults.
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
    std::optional<FileLock::FileId> lock_id(const std::string& path) override;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace antipode::runtime
