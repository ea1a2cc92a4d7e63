#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"
#include "lifecycle/walk.h"
#include "runtime/executor.h"
#include "runtime/signal.h"
#include "runtime/task.h"
#include "runtime/task_group.h"

namespace antipode::lifecycle {

/// Walks all buckets with lifecycle rules each period, goes on after a restart with a walk that was
/// broken off, and knows how the last one went (setting `lifecycle`, docs/formats/settings.md). At
/// most one walk at a time. Threads: any executor.
class Daily {
  public:
    /// A period of zero: only when asked. Otherwise walks begin at multiples of it: with a day,
    /// each midnight (UTC).
    Daily(catalog::Catalog& catalog, Tools tools, runtime::Duration period)
        : catalog_(catalog), tools_(tools), period_(period) {}

    enum class State : std::uint8_t { Never = 0, Running = 1, Done = 2, Failed = 3 };  // On disk.

    struct Status {
        State state = State::Never;
        std::int64_t started_ms = 0;
        std::int64_t ended_ms = 0;
        std::int64_t next_ms = 0;  ///< 0 = when it is asked for.
        std::string error;         ///< Why it failed, or why something was refused.
        Figures figures;           ///< While it runs: what it has done so far.
    };

    /// Once, when the region serves.
    void start();
    /// Begins none any more; the one that runs goes on after the next start().
    void close();

    Task<void> join() { return running_.join(); }

    /// Begins one; false when one is running already.
    bool begin();
    [[nodiscard]] Status status() const;
    /// Of all walks of this process.
    [[nodiscard]] Figures totals() const;

  private:
    /// Everything before it is done.
    struct Place {
        std::string bucket;
        std::string key;
    };

    enum class From : std::uint8_t { Beginning, WhereItWas };

    Task<void> keep_period();
    Task<bool> load();
    bool begin(From from);
    Task<void> run();
    Task<Result<void>> walk_all();
    Task<bool> note(std::string bucket, Figures done, std::string behind_key);
    void note_refusal(const Error& error);
    Task<void> save();
    [[nodiscard]] std::int64_t due_ms() const;
    [[nodiscard]] std::string encode() const;
    Result<void> decode(std::string_view row);

    catalog::Catalog& catalog_;
    Tools tools_;
    runtime::Duration period_;
    runtime::TaskGroup running_;
    runtime::Signal stopping_;
    mutable std::mutex mutex_;
    bool is_stopping_ = false;
    std::int64_t noted_ms_ = 0;  ///< When this was begun to be kept.
    Place place_;                ///< Where a walk that has not ended has come to.
    runtime::Instant saved_at_{};
    Status status_;
    Figures totals_;
};

}  // namespace antipode::lifecycle
