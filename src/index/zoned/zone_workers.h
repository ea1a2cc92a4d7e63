#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "index/zoned/log_retention.h"
#include "index/zoned/sequencer.h"
#include "index/zoned/zone_replica.h"
#include "runtime/disk_threads.h"

namespace antipode::index {

struct WorkersOptions {
    std::uint64_t flush_log_bytes = 0;
    runtime::Duration flush_when_idle{};
};

/// The threads of one zone in one incarnation: one writes the log, one applies it to the rows, one
/// tidies up (segments, flushes), one gives the space of removed bodies back, two read. What they
/// run owns all it touches, so that they can be left behind when they hang.
class ZoneWorkers {
  public:
    /// The zone is attached to `sequencer` as `incarnation`.
    ZoneWorkers(std::size_t zone,
                const std::string& zone_name,
                std::shared_ptr<ZoneReplica> replica,
                std::shared_ptr<Sequencer> sequencer,
                std::uint64_t incarnation,
                std::shared_ptr<LogRetention> retention,
                WorkersOptions options);
    ~ZoneWorkers();
    ZoneWorkers(const ZoneWorkers&) = delete;
    ZoneWorkers& operator=(const ZoneWorkers&) = delete;

    [[nodiscard]] std::size_t zone() const { return zone_; }

    [[nodiscard]] const std::shared_ptr<ZoneReplica>& replica() const { return replica_; }

    [[nodiscard]] runtime::DiskThreads& readers() { return readers_; }

    /// Waits for no thread. The sequencer must have let the zone go, or be stopping.
    void let_go();
    /// False when a thread still runs after `patience`.
    bool stop(runtime::Duration patience);

  private:
    struct Janitor;
    struct Reclaimer;

    std::size_t zone_;
    std::shared_ptr<ZoneReplica> replica_;
    std::shared_ptr<Janitor> janitor_state_;
    std::shared_ptr<Reclaimer> reclaimer_state_;
    runtime::DiskThreads writer_;
    runtime::DiskThreads applier_;
    runtime::DiskThreads janitor_;
    runtime::DiskThreads reclaimer_;
    runtime::DiskThreads readers_;
};

}  // namespace antipode::index
