#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include "runtime/byte_source.h"
#include "runtime/executor.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace antipode::replication {

/// Slower limits make no sense: a piece would outlast the patience of the connection it goes over.
inline constexpr std::uint64_t kBandwidthMin = 64 * 1024;

/// Who goes first: small new changes, then history, then chunks of large objects, so that something
/// small is never stuck behind something large.
enum class Urgency : std::uint8_t { Small = 0, History = 1, Large = 2 };

/// A token bucket that a rule's or a link's bytes go through. Whoever is most urgent goes first, of
/// equally urgent ones the rule with the higher priority, then in order of arrival; every eighth
/// turn goes to whoever waits longest, so that nobody starves. Threads: any executor.
class Throttle {
  public:
    /// 0 = no limit.
    void set_rate(std::uint64_t bytes_per_second);
    [[nodiscard]] std::uint64_t rate() const;

    struct Claim {
        std::uint64_t bytes = 0;
        Urgency urgency = Urgency::Small;
        int priority = 0;
        /// Once it is true nobody waits for these bytes any more (nudge() tells it).
        std::shared_ptr<const std::atomic<bool>> is_over;
    };

    /// Returns when the bytes may go. A claim larger than a second's worth is let through whole,
    /// and what follows waits for it.
    Task<void> take(Claim claim);

    /// Whoever waits looks again whether it is over.
    void nudge() { moved_.raise(); }

  private:
    /// Sorted as they are served: urgency, then higher priority, then arrival.
    using Place = std::tuple<Urgency, int, std::uint64_t>;

    /// With the mutex held.
    [[nodiscard]] bool is_next(const Place& place) const;
    void refill(runtime::Instant now);

    mutable std::mutex mutex_;
    std::uint64_t rate_ = 0;
    double level_ = 0;
    std::optional<runtime::Instant> filled_;
    std::uint64_t arrivals_ = 0;
    std::uint64_t turns_ = 0;
    std::set<Place> waiting_;
    runtime::Signal moved_;
};

/// The limits that a rule's bytes pass: its own and its link's.
struct Throttles {
    std::shared_ptr<Throttle> rule = std::make_shared<Throttle>();
    std::shared_ptr<Throttle> link = std::make_shared<Throttle>();
    std::shared_ptr<std::atomic<bool>> is_over = std::make_shared<std::atomic<bool>>(false);
    /// Bytes that were let through so far, limited or not.
    std::shared_ptr<std::atomic<std::uint64_t>> passed =
        std::make_shared<std::atomic<std::uint64_t>>(0);

    Task<void> take(Throttle::Claim claim) const;
    /// The rule stops: nothing of it waits any more.
    void end() const;

    /// The lower of the two; 0 = none.
    [[nodiscard]] std::uint64_t rate() const;
};

/// A body that passes the limits piece by piece, so that more urgent bytes go between.
class ThrottledSource final : public ByteSource {
  public:
    ThrottledSource(Bytes bytes, Throttles throttles, int priority);

    Task<Result<Bytes>> next() override;

  private:
    Bytes bytes_;
    std::size_t position_ = 0;
    Throttles throttles_;
    int priority_;
};

}  // namespace antipode::replication
