#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>

#include "blob/zoned/stripe_image.h"
#include "blob/zoned/upload.h"
#include "blob/zoned/zone_disks.h"
#include "runtime/signal.h"

namespace antipode::blob {

/// One stripe on its way to the zones. It is safe when all three have their shards, or when one is
/// missing and both others have the shards of that zone too: then either of them alone can give the
/// stripe back.
class StripeWrite : public std::enable_shared_from_this<StripeWrite> {
  public:
    /// `ahead`: pages that this stripe and the ones to come will take.
    StripeWrite(ZoneDisks& disks,
                StripeImage image,
                std::shared_ptr<Upload> upload,
                std::uint32_t ahead);

    /// Sends the shards to the zones that are fit for it. Unavailable: fewer than two are, or they
    /// have no space.
    Result<void> start(runtime::Instant now);
    /// Waits until the stripe is safe, sending what that takes when a zone fails or lags.
    /// Unavailable: it cannot be.
    Task<Result<StripePlace>> settle();

    /// How long that took; after settle().
    [[nodiscard]] runtime::Duration safe_after() const { return safe_after_; }

  private:
    enum class Outcome : std::uint8_t { NotAsked, Pending, Durable, Failed };

    struct Verdict {
        enum class Kind : std::uint8_t { Wait, Safe, Without, TooFew };
        Kind kind = Kind::Wait;
        std::size_t zone = kNoZone;  // Without which zone.
        runtime::Instant look_again_at{};
    };

    using Outcomes = std::array<Outcome, kZones>;

    [[nodiscard]] Verdict judge(runtime::Instant now) const;
    [[nodiscard]] Verdict judge_all(runtime::Instant now) const;
    [[nodiscard]] Verdict judge_without(std::size_t missing) const;
    [[nodiscard]] bool failed(std::size_t zone) const;
    Result<void> go_without(std::size_t zone, runtime::Instant now);

    struct Part {
        std::size_t zone = 0;
        ByteView bytes;
        PageRange place;
        Outcomes StripeWrite::* outcomes = nullptr;
    };

    void send(const Part& part, runtime::Instant now);
    void ended(const Part& part, const Result<void>& result);
    StripePlace place_when_safe();

    ZoneDisks& disks_;  // Not touched by the calls to the disks, which may outlive it.
    const StripeImage image_;
    const std::shared_ptr<Upload> upload_;
    const Upload::Want want_;
    StripePlace place_;
    runtime::Instant started_{};

    runtime::Signal changed_;
    mutable std::mutex mutex_;
    Outcomes main_{};
    Outcomes extra_{};
    std::array<bool, kZones> is_full_{};
    runtime::Duration two_durable_after_{};
    runtime::Duration safe_after_{};
};

}  // namespace antipode::blob
