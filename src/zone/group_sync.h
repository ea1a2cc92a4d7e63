#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/disk_threads.h"
#include "runtime/task.h"
#include "zone/segment_file.h"
#include "zone/zone_watch.h"

namespace antipode::zone {

/// Flushes of one zone, shared: whoever asks while a flush runs is served by the next one, so that
/// the number of flushes follows the disk, not the number of writers. One thread of its own, which
/// may hang.
class GroupSync {
  public:
    using Done = std::move_only_function<void(Result<void>)>;

    GroupSync(const std::string& thread_name, std::shared_ptr<ZoneWatch> watch);
    /// Does not wait: stop() does.
    ~GroupSync();
    GroupSync(const GroupSync&) = delete;
    GroupSync& operator=(const GroupSync&) = delete;

    /// Calls `done` (on the flushing thread; it must not block) once all writes to `file` that
    /// returned before this call are durable. Unavailable after stop(). Any thread.
    void sync(std::shared_ptr<SegmentFile> file, Done done);
    /// The same for coroutines.
    Task<Result<void>> sync(std::shared_ptr<SegmentFile> file);

    /// Answers what waits with Unavailable and waits at most `patience` for the flush that runs.
    /// Idempotent.
    bool stop(runtime::Duration patience);

  private:
    struct State;
    static void flush_until_idle(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
    runtime::DiskThreads thread_;
};

}  // namespace antipode::zone
