#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/fault_file_system.h"
#include "runtime/file_system.h"
#include "runtime/sim_threads.h"

namespace antipode::runtime {

/// What is wrong with the simulated files under one prefix.
struct SimDiskFaults {
    FileFaults known;  ///< As FaultFileSystem has them; track_unsynced is always on.
    /// One of so many writes says that it has happened and has not; 0 = none.
    std::uint32_t lose_one_of = 0;
    /// One of so many goes to another place of its file.
    std::uint32_t misdirect_one_of = 0;
};

/// The files of a machine of the simulator, in memory: calls take simulated time on a simulated
/// thread, and what is not synced is lost at a power cut, in pieces. Outlives the processes that
/// mount it. Belongs to the simulation's thread and to who has its baton.
class SimDisk {
  public:
    /// `threads` outlives this.
    explicit SimDisk(SimThreads& threads);
    ~SimDisk();
    SimDisk(const SimDisk&) = delete;
    SimDisk& operator=(const SimDisk&) = delete;

    struct State;
    struct Mounted;

    /// The files as one process has them. They may outlive the disk.
    class Mount final : public FileSystem {
      public:
        explicit Mount(std::shared_ptr<Mounted> mounted);

        /// Kill -9: no call has an effect from now on, those under way included; each fails soon.
        /// Locks are free. What was written stays.
        void die();

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
        Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
        std::optional<FileLock::FileId> lock_id(const std::string& path) override;

      private:
        std::shared_ptr<Mounted> mounted_;
    };

    [[nodiscard]] std::unique_ptr<Mount> mount();

    /// Replaces the faults under `prefix`; calls that hang or wait look again.
    void set(const std::string& prefix, SimDiskFaults faults);
    void clear(const std::string& prefix);

    /// Of what is not synced under `prefix` some is lost: writes in pieces of 512 bytes,
    /// truncations, files whose name is not durable. No process may have it mounted.
    void cut_power(const std::string& prefix);

    /// A directory with all below it, by relative path.
    struct Tree;
    /// The directory is gone, whoever is writing in it; what was there.
    std::shared_ptr<const Tree> take_away(const std::string& directory);
    /// As it is now; another disk's contents, with other files.
    [[nodiscard]] std::shared_ptr<const Tree> copy(const std::string& directory) const;
    /// In place of what is there.
    void put(const std::string& directory, const std::shared_ptr<const Tree>& tree);

    /// In all files under `prefix`.
    [[nodiscard]] std::uint64_t bytes(const std::string& prefix) const;

  private:
    std::shared_ptr<State> state_;
};

}  // namespace antipode::runtime
