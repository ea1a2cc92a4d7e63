#include "blob/zoned/stripe_write.h"

#include <algorithm>

#include "runtime/clock.h"

namespace antipode::blob {

namespace {

using runtime::Duration;
using runtime::Instant;

/// After so long a write gives up on zones that neither answer nor fail. Only with two zones in
/// trouble.
constexpr Duration kPatience = std::chrono::seconds(10);

std::size_t only_one_that_is(const std::array<Standing, kZones>& standings, Standing standing) {
    const auto found = std::ranges::find(standings, standing);
    const bool is_one = std::ranges::count(standings, standing) == 1;
    return is_one ? static_cast<std::size_t>(found - standings.begin()) : std::size_t{kNoZone};
}

}  // namespace

StripeWrite::StripeWrite(ZoneDisks& disks,
                         StripeImage image,
                         std::shared_ptr<Upload> upload,
                         std::uint32_t ahead)
    : disks_(disks),
      image_(std::move(image)),
      upload_(std::move(upload)),
      want_{.pages = image_.shape().zone_pages(),
            .ahead = std::max(ahead, image_.shape().zone_pages())} {}

Result<void> StripeWrite::start(Instant now) {
    started_ = now;
    const std::array<Standing, kZones> standings = disks_.for_write(now);
    if (std::ranges::count(standings, Standing::Gone) > 1) {
        return fail(ErrorCode::Unavailable, "fewer than two zones can be written to");
    }
    std::size_t missing = only_one_that_is(standings, Standing::Gone);
    if (missing == kNoZone) {
        missing = only_one_that_is(standings, Standing::Doubtful);
    }
    const auto main = upload_->take_main(want_, !disks_.is_full());
    if (!main) {
        return fail(ErrorCode::Unavailable, "the zones have no space left");
    }
    place_.main = *main;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (zone != missing) {
            send({zone, image_.of_zone(zone), place_.main, &StripeWrite::main_}, now);
        }
    }
    return missing == kNoZone ? Result<void>{} : go_without(missing, now);
}

Task<Result<StripePlace>> StripeWrite::settle() {
    while (true) {
        const std::uint64_t seen = changed_.count();
        const Instant now = runtime::Executor::current().now();
        const Verdict verdict = judge(now);
        switch (verdict.kind) {
            case Verdict::Kind::Safe:
                co_return place_when_safe();
            case Verdict::Kind::TooFew:
                co_return fail(ErrorCode::Unavailable, "fewer than two zones took the bytes");
            case Verdict::Kind::Without:
                CO_TRY_VOID(go_without(verdict.zone, now));
                break;
            case Verdict::Kind::Wait:
                co_await changed_.wait_beyond(seen, verdict.look_again_at - now);
                break;
        }
    }
}

StripeWrite::Verdict StripeWrite::judge(Instant now) const {
    const std::scoped_lock lock(mutex_);
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (is_full_[zone]) {
            disks_.note_full(zone);
        }
    }
    if (std::ranges::count(main_, Outcome::Durable) == kZones) {
        return {.kind = Verdict::Kind::Safe};
    }
    const Instant give_up_at = started_ + kPatience;
    Verdict verdict = place_.missing == kNoZone ? judge_all(now) : judge_without(place_.missing);
    if (verdict.kind == Verdict::Kind::Wait) {
        if (now >= give_up_at) {
            return {.kind = Verdict::Kind::TooFew};
        }
        if (verdict.look_again_at == Instant{}) {
            verdict.look_again_at = give_up_at;
        }
    }
    return verdict;
}

StripeWrite::Verdict StripeWrite::judge_all(Instant now) const {
    const auto failed_count = std::ranges::count(main_, Outcome::Failed);
    if (failed_count > 1) {
        return {.kind = Verdict::Kind::TooFew};
    }
    const auto durable_count = std::ranges::count(main_, Outcome::Durable);
    const auto last =
        std::ranges::find_if(main_, [](Outcome outcome) { return outcome != Outcome::Durable; });
    const auto last_zone = static_cast<std::size_t>(last - main_.begin());
    if (failed_count == 1) {
        const auto failed_zone =
            static_cast<std::size_t>(std::ranges::find(main_, Outcome::Failed) - main_.begin());
        return {.kind = Verdict::Kind::Without, .zone = failed_zone};
    }
    const Instant lags_from = started_ + disks_.lag_limit();
    if (durable_count == 2) {
        if (now >= lags_from) {
            return {.kind = Verdict::Kind::Without, .zone = last_zone};
        }
        return {.look_again_at = lags_from};
    }
    return {};
}

StripeWrite::Verdict StripeWrite::judge_without(std::size_t missing) const {
    bool is_safe = true;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (zone == missing) {
            continue;
        }
        is_safe = is_safe && main_[zone] == Outcome::Durable && extra_[zone] == Outcome::Durable;
        if (!failed(zone)) {
            continue;
        }
        const std::size_t third = kZones - missing - zone;
        const bool others_have_it =
            main_[missing] == Outcome::Durable && main_[third] == Outcome::Durable;
        if (others_have_it) {
            // The zone that was late has come after all, and this one is gone instead.
            return {.kind = Verdict::Kind::Without, .zone = zone};
        }
        const bool may_still =
            main_[missing] == Outcome::Pending || main_[third] == Outcome::Pending;
        return {.kind = may_still && !failed(third) ? Verdict::Kind::Wait : Verdict::Kind::TooFew};
    }
    return {.kind = is_safe ? Verdict::Kind::Safe : Verdict::Kind::Wait};
}

bool StripeWrite::failed(std::size_t zone) const {
    return main_[zone] == Outcome::Failed || extra_[zone] == Outcome::Failed;
}

Result<void> StripeWrite::go_without(std::size_t zone, Instant now) {
    if (place_.missing != kNoZone) {
        upload_->give_back(place_.extra);
    }
    const auto extra = upload_->take_extra(want_, !disks_.is_full());
    if (!extra) {
        return fail(ErrorCode::Unavailable, "the zones have no space left");
    }
    {
        const std::scoped_lock lock(mutex_);
        place_.missing = static_cast<std::uint8_t>(zone);
        place_.extra = *extra;
        extra_.fill(Outcome::NotAsked);
    }
    for (std::size_t other = 0; other < kZones; ++other) {
        if (other != zone) {
            send({other, image_.of_zone(zone), *extra, &StripeWrite::extra_}, now);
        }
    }
    return {};
}

void StripeWrite::send(const Part& part, Instant now) {
    {
        const std::scoped_lock lock(mutex_);
        (this->*part.outcomes)[part.zone] = Outcome::Pending;
    }
    DiskWrite write{.segment = part.place.segment,
                    .offset = part.place.offset(),
                    .bytes = part.bytes,
                    .keep = shared_from_this(),
                    .done = Done([self = shared_from_this(), part](Result<void> result) {
                        self->ended(part, result);
                    })};
    disks_.write(part.zone, std::move(write), now);
}

void StripeWrite::ended(const Part& part, const Result<void>& result) {
    bool worth_a_look = false;
    {
        const std::scoped_lock lock(mutex_);
        const bool is_of_before =
            part.outcomes == &StripeWrite::extra_ && part.place != place_.extra;
        if (is_of_before) {
            return;
        }
        (this->*part.outcomes)[part.zone] = result ? Outcome::Durable : Outcome::Failed;
        if (two_durable_after_ == Duration{} && std::ranges::count(main_, Outcome::Durable) == 2) {
            two_durable_after_ = runtime::steady_now() - started_;
        }
        is_full_[part.zone] = is_full_[part.zone] || (!result && is_no_space(result.error()));
        // Two of three durable starts the wait for the last one; less than that changes nothing.
        worth_a_look = !result || place_.missing != kNoZone ||
                       std::ranges::count(main_, Outcome::Durable) >= 2;
    }
    if (worth_a_look) {
        changed_.raise();
    }
}

StripePlace StripeWrite::place_when_safe() {
    const std::scoped_lock lock(mutex_);
    // Not the last zone's time: a slow zone must not stretch the limit that it is judged by.
    disks_.note_write(two_durable_after_);
    safe_after_ = runtime::steady_now() - started_;
    if (place_.missing != kNoZone && std::ranges::count(main_, Outcome::Durable) == kZones) {
        upload_->give_back(place_.extra);
        place_.missing = kNoZone;
        place_.extra = {};
    }
    return place_;
}

}  // namespace antipode::blob
