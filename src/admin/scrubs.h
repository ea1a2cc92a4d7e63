#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "admin/admin_api.h"
#include "admin/event_log.h"
#include "base/result.h"
#include "runtime/executor.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

namespace antipode::admin {

/// What a scrub found, of whatever engine.
struct ScrubOutcome {
    std::uint64_t checked = 0;  ///< Bodies.
    std::uint64_t bytes = 0;
    std::uint64_t healed = 0;       ///< Pieces that were written anew.
    std::uint64_t not_checked = 0;  ///< A zone did not answer or took no repair.
    std::vector<std::string> lost;  ///< Owners of bodies that no surviving pieces can give back.
};

/// Reads everything, verifies it and repairs what is bad; takes 0..1 as it goes on.
using ScrubWork = std::function<Task<Result<ScrubOutcome>>(std::function<void(double)> progress)>;

/// At most one scrub at a time, and how the last one went. Threads: any executor.
class Scrubs {
  public:
    Scrubs(ScrubWork work, EventLog& events) : work_(std::move(work)), events_(events) {}

    enum class State : std::uint8_t { Never, Running, Done, Failed };

    struct Status {
        State state = State::Never;
        double progress = 0;
        std::int64_t started_ms = 0;
        std::int64_t ended_ms = 0;
        std::string error;
        ScrubOutcome outcome;
    };

    /// Begins one on the current executor; false when one is running already.
    bool begin();
    [[nodiscard]] Status status() const;

    /// Waits for the one that runs; whoever does the work has been told to stop.
    Task<void> join() { return running_.join(); }

  private:
    Task<void> run();

    ScrubWork work_;
    EventLog& events_;
    mutable std::mutex mutex_;
    Status status_;
    runtime::TaskGroup running_;
};

/// POST scrub, GET scrub
class ScrubRoutes final : public Routes {
  public:
    explicit ScrubRoutes(Scrubs& scrubs) : scrubs_(scrubs) {}

    Task<Answer> handle(Call call) override;

  private:
    Scrubs& scrubs_;
};

}  // namespace antipode::admin
