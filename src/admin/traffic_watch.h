#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "runtime/executor.h"

namespace antipode::admin {

/// What clients saw in a time.
struct Traffic {
    std::uint64_t requests = 0;  ///< That began in it and have ended.
    std::uint64_t failed = 0;    ///< Of them answered with 5xx, or cut.
    /// The longest time in which none of them ended although one was waiting.
    runtime::Duration longest_gap{};
};

/// Watches the requests of clients while something is practised; costs an atomic read a request
/// when nothing is. Threads: any.
class TrafficWatch {
  public:
    /// Names one watch; 0 = none.
    using Ticket = std::uint64_t;

    /// From now on, anew.
    void begin();

    void end() { current_ = 0; }

    /// Since begin(), also after end().
    [[nodiscard]] Traffic seen(runtime::Instant now) const;

    /// For the one who carries requests: the ticket goes from the beginning of each to its end.
    Ticket request_begins(runtime::Instant now);
    void request_ends(Ticket ticket, runtime::Instant now, bool is_failed);

  private:
    std::atomic<Ticket> current_ = 0;
    mutable std::mutex mutex_;
    Ticket last_ = 0;  ///< Whose figures these are.
    Traffic traffic_;
    std::uint64_t waiting_ = 0;
    runtime::Instant quiet_since_{};  ///< While one waits: when last one ended, or began to wait.
};

}  // namespace antipode::admin
