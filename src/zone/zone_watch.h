#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/result.h"
#include "runtime/executor.h"

namespace antipode::zone {

/// What the threads of one zone tell about it: which calls are under way, and which failed. Shared,
/// so that a thread that hangs may outlive the ZoneSet. Any thread; begin and end are lock-free.
class ZoneWatch {
  public:
    using OnFailure = std::function<void(const Error&)>;

    explicit ZoneWatch(OnFailure on_failure) : on_failure_(std::move(on_failure)) {}

    /// How long the oldest call under way has been pending; zero when there is none.
    [[nodiscard]] runtime::Duration pending_for() const;

    void report_failure(const Error& error);
    /// Nobody listens any more; calls under way may still end.
    void disconnect();

  private:
    friend class ZoneOperation;

    // More calls than slots at once: the rest is not watched, which is enough to notice a disk that
    // hangs.
    static constexpr std::size_t kSlots = 64;

    std::optional<std::size_t> begin();
    void end(std::size_t slot);

    std::array<std::atomic<std::int64_t>, kSlots> started_{};
    std::mutex mutex_;
    OnFailure on_failure_;
};

/// One call to a zone's disk, for as long as it lives:
///     ZoneOperation operation(watch);
///     return operation.done(file.sync());
class ZoneOperation {
  public:
    explicit ZoneOperation(std::shared_ptr<ZoneWatch> watch)
        : watch_(std::move(watch)), slot_(watch_->begin()) {}

    ~ZoneOperation() { end(); }

    ZoneOperation(const ZoneOperation&) = delete;
    ZoneOperation& operator=(const ZoneOperation&) = delete;

    /// Ends it; an error of the disk puts the zone out. NotFound and Corrupt say nothing about the
    /// disk as such: whoever knows better reports them with ZoneWatch::report_failure.
    template <typename T>
    Result<T> done(Result<T> result) {
        end();
        if (!result && result.error().code == ErrorCode::Io) {
            watch_->report_failure(result.error());
        }
        return result;
    }

  private:
    void end() {
        if (slot_) {
            watch_->end(*slot_);
            slot_.reset();
        }
    }

    std::shared_ptr<ZoneWatch> watch_;
    std::optional<std::size_t> slot_;
};

}  // namespace antipode::zone
