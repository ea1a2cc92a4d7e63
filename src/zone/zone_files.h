#pragma once

#include <atomic>
#include <memory>

#include "runtime/file_system.h"
#include "zone/zone_watch.h"

namespace antipode::zone {

/// The files of one zone for one incarnation of an engine: every call is watched, an error of the
/// disk (Io) puts the zone out, and after revoke() every call fails without touching the disk, so
/// that a thread that hung and comes to itself does no harm among the files of its successor. Files
/// opened here outlive this object and obey its revoke().
class ZoneFiles final : public runtime::FileSystem {
  public:
    /// `inner` outlives this object and the files opened here.
    ZoneFiles(runtime::FileSystem& inner, std::shared_ptr<ZoneWatch> watch);

    void revoke();
    [[nodiscard]] bool is_revoked() const;

    /// What a user of these files found wrong puts the zone out. Not once they are revoked: what
    /// comes back then, through a library that keeps no code of ours, says nothing about the zone.
    void report(const Error& error);

    Result<std::unique_ptr<runtime::File>> open(const std::string& path,
                                                runtime::OpenFile how) override;
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

    struct Gate;

  private:
    runtime::FileSystem& inner_;
    std::shared_ptr<Gate> gate_;
};

}  // namespace antipode::zone
