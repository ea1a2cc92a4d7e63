#include "replication/throttle.h"

#include <algorithm>

#include "base/mutant.h"

namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kTurnsPerPatient = 8;
/// What may go at once after a rest, in seconds of the rate.
constexpr double kBurstSeconds = 0.25;
constexpr std::uint64_t kPieceBytesMin = 4 * 1024;
constexpr std::uint64_t kPieceBytesMax = 256 * 1024;

runtime::Duration to_duration(double seconds) {
    return std::chrono::duration_cast<runtime::Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

void Throttle::set_rate(std::uint64_t bytes_per_second) {
    {
        const std::scoped_lock lock(mutex_);
        rate_ = bytes_per_second;
        // A debt made at another rate would last too long, or not long enough.
        level_ = 0;
        filled_.reset();
    }
    moved_.raise();
}

std::uint64_t Throttle::rate() const {
    const std::scoped_lock lock(mutex_);
    return rate_;
}

void Throttle::refill(runtime::Instant now) {
    const auto rate = static_cast<double>(rate_);
    if (filled_) {
        const double seconds = std::chrono::duration<double>(now - *filled_).count();
        level_ = std::min(level_ + std::max(seconds, 0.0) * rate, rate * kBurstSeconds);
    }
    filled_ = now;
}

bool Throttle::is_next(const Place& place) const {
    if (turns_ % kTurnsPerPatient == kTurnsPerPatient - 1) {
        const auto patient = std::ranges::min_element(
            waiting_, {}, [](const Place& one) { return std::get<2>(one); });
        return *patient == place;
    }
    return *waiting_.begin() == place;
}

Task<void> Throttle::take(Claim claim) {
    Place place;
    {
        const std::scoped_lock lock(mutex_);
        if (rate_ == 0 || claim.bytes == 0 || is_planted(Mutant::LimitIsIgnored)) {
            co_return;
        }
        place = {claim.urgency, -claim.priority, ++arrivals_};
        waiting_.insert(place);
    }
    while (true) {
        const std::uint64_t seen = moved_.count();
        runtime::Duration patience = 1s;
        bool is_done = false;
        {
            const std::scoped_lock lock(mutex_);
            is_done = rate_ == 0 || (claim.is_over && *claim.is_over);
            if (!is_done) {
                refill(runtime::Executor::current().now());
                if (is_next(place)) {
                    is_done = level_ >= 0;
                    patience = to_duration(-level_ / static_cast<double>(rate_)) + 1ms;
                }
            }
            if (is_done) {
                level_ -= static_cast<double>(claim.bytes);
                ++turns_;
                waiting_.erase(place);
            }
        }
        if (is_done) {
            moved_.raise();
            co_return;
        }
        co_await moved_.wait_beyond(seen, patience);
    }
}

Task<void> Throttles::take(Throttle::Claim claim) const {
    claim.is_over = is_over;
    co_await rule->take(claim);
    co_await link->take(claim);
    *passed += claim.bytes;
}

void Throttles::end() const {
    *is_over = true;
    rule->nudge();
    link->nudge();
}

std::uint64_t Throttles::rate() const {
    const std::uint64_t of_rule = rule->rate();
    const std::uint64_t of_link = link->rate();
    if (of_rule == 0 || of_link == 0) {
        return std::max(of_rule, of_link);
    }
    return std::min(of_rule, of_link);
}

ThrottledSource::ThrottledSource(Bytes bytes, Throttles throttles, int priority)
    : bytes_(std::move(bytes)), throttles_(std::move(throttles)), priority_(priority) {}

Task<Result<Bytes>> ThrottledSource::next() {
    if (position_ >= bytes_.size()) {
        co_return Bytes{};
    }
    const std::uint64_t rate = throttles_.rate();
    const std::uint64_t piece =
        rate == 0 ? kChunkBytesMax : std::clamp(rate / 16, kPieceBytesMin, kPieceBytesMax);
    const std::size_t size = std::min<std::size_t>(piece, bytes_.size() - position_);
    Throttle::Claim claim{
        .bytes = size, .urgency = Urgency::Large, .priority = priority_, .is_over = {}};
    co_await throttles_.take(std::move(claim));
    const ByteView view = ByteView(bytes_).subspan(position_, size);
    position_ += size;
    co_return to_bytes(view);
}

}  // namespace antipode::replication
