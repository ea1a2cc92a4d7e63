#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "blob/zoned/zoned_blob_store.h"
#include "runtime/sim_disk.h"
#include "sim/engines.h"
#include "zone/zone_set.h"

namespace antipode::sim {

class ZonedEngines;

/// The engines of a real region over three directories of a simulated machine.
class ZonedGround final : public Ground {
  public:
    ZonedGround(std::string region, runtime::SimThreads& threads);

    Task<Result<std::unique_ptr<Engines>>> open(runtime::Executor& executor) override;
    void cut_power() override;

    [[nodiscard]] runtime::SimDisk& disk() { return disk_; }

    [[nodiscard]] std::string directory(std::size_t zone) const;

    /// Of the process that runs now; empty when none does.
    [[nodiscard]] std::vector<zone::ZoneStatus> status() const;
    [[nodiscard]] bool are_all_ok() const;
    /// What is wrong, for people.
    [[nodiscard]] std::string describe() const;
    /// Null when no process runs.
    [[nodiscard]] blob::ZonedBlobStore* blobs() const;
    /// Puts it out, as an operator would who distrusts it.
    void force_out(std::size_t zone, const std::string& why);

    /// A directory is another zone's: no process starts over such a mistake.
    bool is_mixed_up = false;

  private:
    friend class ZonedEngines;

    [[nodiscard]] std::string root() const { return "/" + region_; }

    std::string region_;
    runtime::SimThreads& threads_;
    runtime::SimDisk disk_;
    /// All that ever were: threads of processes that have died may still hold one.
    std::deque<std::unique_ptr<runtime::SimDisk::Mount>> mounts_;
    ZonedEngines* living_ = nullptr;
};

}  // namespace antipode::sim
