#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace antipode::line {

using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using Duration = Clock::duration;

inline constexpr std::size_t kPacketBytesMax = 2048;

/// How one direction of the line behaves; may change at any time.
struct Conditions {
    Duration delay = std::chrono::milliseconds(100);  ///< Of packets that are sent from now on.
    double loss = 0.001;                              ///< Share of packets that vanish.
    double bits_per_second = 1e9;
    /// What waits for the bottleneck, at most; more is dropped at the tail, as routers do.
    Duration queue = std::chrono::milliseconds(50);
    bool is_cut = false;      ///< Everything that is sent vanishes; what is under way arrives.
    bool is_stalled = false;  ///< Nothing moves: packets wait where they are, and go on afterwards.
};

/// One direction of a long line: packets arrive in order, `delay` after they passed the bottleneck.
/// Pure: time is told.
class Direction {
  public:
    struct Counts {
        std::uint64_t delivered = 0;
        std::uint64_t delivered_bytes = 0;
        std::uint64_t lost = 0;     ///< By chance.
        std::uint64_t cut = 0;      ///< Sent while the direction was cut.
        std::uint64_t dropped = 0;  ///< The queue was full.
    };

    using Deliver = std::function<void(std::span<const std::byte>)>;

    explicit Direction(std::uint64_t seed) : random_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

    void set(const Conditions& conditions, Instant now);

    [[nodiscard]] const Conditions& conditions() const { return conditions_; }

    /// At most kPacketBytesMax bytes.
    void offer(std::span<const std::byte> packet, Instant now);
    /// Hands over what is due.
    void deliver(Instant now, const Deliver& deliver);
    /// When the next packet is due; nothing while none is under way or the direction stalls.
    [[nodiscard]] std::optional<Instant> next_due() const;

    [[nodiscard]] const Counts& counts() const { return counts_; }

  private:
    struct Packet {
        Instant due;
        std::size_t size = 0;
        std::array<std::byte, kPacketBytesMax> bytes;
    };

    /// The line's own clock: it stands still while the line stalls.
    [[nodiscard]] Instant line_time(Instant now) const;
    bool is_lost();

    Conditions conditions_;
    Duration stalled_for_ = Duration::zero();
    Instant stalled_at_;
    Instant free_at_;  ///< When the bottleneck has sent what waits for it. Line time.
    std::deque<std::unique_ptr<Packet>> under_way_;
    std::vector<std::unique_ptr<Packet>> spare_;
    std::uint64_t random_;
    Counts counts_;
};

}  // namespace antipode::line
