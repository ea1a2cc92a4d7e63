#include "tests/line/direction.h"

#include <algorithm>

#include "base/check.h"

namespace antipode::line {

namespace {

/// Packet memory kept for the next ones.
constexpr std::size_t kSpareMax = 4096;

}  // namespace

void Direction::set(const Conditions& conditions, Instant now) {
    if (conditions.is_stalled && !conditions_.is_stalled) {
        stalled_at_ = now;
    } else if (!conditions.is_stalled && conditions_.is_stalled) {
        stalled_for_ += now - stalled_at_;
    }
    conditions_ = conditions;
}

Instant Direction::line_time(Instant now) const {
    return (conditions_.is_stalled ? stalled_at_ : now) - stalled_for_;
}

bool Direction::is_lost() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<double>(random_ >> 11) * 0x1p-53 < conditions_.loss;
}

void Direction::offer(std::span<const std::byte> packet, Instant now) {
    CHECK(packet.size() <= kPacketBytesMax);
    if (conditions_.is_cut) {
        ++counts_.cut;
        return;
    }
    if (is_lost()) {
        ++counts_.lost;
        return;
    }
    const Instant time = line_time(now);
    const Instant start = std::max(time, free_at_);
    if (start - time > conditions_.queue) {
        ++counts_.dropped;
        return;
    }
    const double seconds = static_cast<double>(packet.size()) * 8 / conditions_.bits_per_second;
    free_at_ = start + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));

    std::unique_ptr<Packet> one;
    if (spare_.empty()) {
        one = std::make_unique<Packet>();
    } else {
        one = std::move(spare_.back());
        spare_.pop_back();
    }
    one->due = free_at_ + conditions_.delay;
    one->size = packet.size();
    std::ranges::copy(packet, one->bytes.begin());
    under_way_.push_back(std::move(one));
}

void Direction::deliver(Instant now, const Deliver& deliver) {
    if (conditions_.is_stalled) {
        return;
    }
    const Instant time = line_time(now);
    while (!under_way_.empty() && under_way_.front()->due <= time) {
        std::unique_ptr<Packet> one = std::move(under_way_.front());
        under_way_.pop_front();
        deliver(std::span(one->bytes).first(one->size));
        ++counts_.delivered;
        counts_.delivered_bytes += one->size;
        if (spare_.size() < kSpareMax) {
            spare_.push_back(std::move(one));
        }
    }
}

std::optional<Instant> Direction::next_due() const {
    if (under_way_.empty() || conditions_.is_stalled) {
        return std::nullopt;
    }
    return under_way_.front()->due + stalled_for_;
}

}  // namespace antipode::line
