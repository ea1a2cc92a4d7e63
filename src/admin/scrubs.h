#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "admin/admin_api.h"
#include "admin/event_log.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "replication/lost_bodies.h"
#include "runtime/executor.h"
#include "runtime/signal.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

namespace antipode::admin {

/// What a scrub found, of whatever engine.
struct ScrubOutcome {
    std::uint64_t checked = 0;  ///< Bodies.
    std::uint64_t bytes = 0;
    std::uint64_t healed = 0;       ///< Pieces that were written anew.
    std::uint64_t not_checked = 0;  ///< A zone did not answer or took no repair.
    std::uint64_t lost = 0;         ///< Bodies that no surviving pieces can give back.
};

/// One walk over everything that is stored.
struct ScrubOrder {
    std::string from;     ///< The engine's own name of where one that was broken off had come to.
    ScrubOutcome so_far;  ///< What that one had found.
    /// At an even pace that takes less than this; zero = as fast as repair may be.
    runtime::Duration within{};
    std::function<void(double)> progress;  ///< 0..1
    /// Told of each body that is lost, before any checkpoint behind it.
    std::function<Task<void>(blob::NamedBlob)> lost;
    /// Told now and then what was found before `place`.
    std::function<Task<void>(ScrubOutcome so_far, std::string place)> checkpoint;
};

/// Reads everything, verifies it and repairs what is bad.
using ScrubWork = std::function<Task<Result<ScrubOutcome>>(ScrubOrder)>;

/// Where the state of scrubs is kept over restarts: one text (docs/formats/settings.md).
struct ScrubBook {
    std::function<Task<Result<std::optional<std::string>>>()> load;
    std::function<Task<Result<void>>(std::string)> save;
};

/// Who keeps what scrubs find.
struct ScrubFinds {
    std::function<Task<void>(blob::NamedBlob)> lost;
    /// A scrub that began then has checked everything.
    std::function<Task<void>(std::int64_t began_ms)> complete;
};

/// Begins a scrub each period, goes on after a restart with one that was broken off, and knows how
/// the last one went. At most one at a time. Threads: any executor.
class Scrubs {
  public:
    /// A period of zero: only when asked.
    Scrubs(ScrubWork work,
           ScrubBook book,
           ScrubFinds finds,
           runtime::Duration period,
           EventLog& events)
        : work_(std::move(work)),
          book_(std::move(book)),
          finds_(std::move(finds)),
          period_(period),
          events_(events) {}

    enum class State : std::uint8_t { Never, Running, Done, Failed };

    struct Status {
        State state = State::Never;
        double progress = 0;
        std::int64_t started_ms = 0;
        std::int64_t ended_ms = 0;
        std::int64_t next_ms = 0;  ///< 0 = when it is asked for.
        std::string error;
        ScrubOutcome outcome;  ///< While it runs: what it has found so far.
    };

    /// Once, when the region serves.
    void start();
    /// Begins none any more; the one that runs goes on after the next start(), once whoever does
    /// the work has ended it.
    void close();

    /// After close(), and when whoever does the work was told to stop.
    Task<void> join() { return running_.join(); }

    /// Begins one, as fast as it may be; false when one is running already.
    bool begin();
    [[nodiscard]] Status status() const;

  private:
    enum class From : std::uint8_t { Beginning, WhereItWas };

    Task<void> keep_period();
    Task<bool> load();
    bool begin(From from, runtime::Duration within);
    Task<void> run(ScrubOrder order);
    Task<void> checkpoint(ScrubOutcome so_far, std::string place);
    Task<void> save();
    [[nodiscard]] std::int64_t due_ms() const;
    [[nodiscard]] std::string encode() const;
    Result<void> decode(std::string_view row);

    ScrubWork work_;
    ScrubBook book_;
    ScrubFinds finds_;
    runtime::Duration period_;
    EventLog& events_;
    runtime::TaskGroup running_;
    runtime::Signal stopping_;
    mutable std::mutex mutex_;
    bool is_stopping_ = false;
    std::int64_t noted_ms_ = 0;  ///< When this was begun to be kept: the first period's beginning.
    std::string place_;          ///< Where a scrub that has not ended has come to.
    runtime::Instant saved_at_{};
    Status status_;
};

/// POST scrub, GET scrub
class ScrubRoutes final : public Routes {
  public:
    ScrubRoutes(Scrubs& scrubs, const replication::LostBodies& lost)
        : scrubs_(scrubs), lost_(lost) {}

    Task<Answer> handle(Call call) override;

  private:
    [[nodiscard]] boost::json::value describe() const;

    Scrubs& scrubs_;
    const replication::LostBodies& lost_;
};

}  // namespace antipode::admin
