#include <algorithm>

#include "replication/sender.h"

// Under a limit things are kept small, so that what is urgent does not wait long for what went
// before.
namespace antipode::replication {

namespace {

constexpr std::uint64_t kBatchBytesMin = 16 * 1024;
constexpr std::uint64_t kSmallBytesMin = 32 * 1024;

}  // namespace

/// Before anything is sent. What cannot be read counts as not set.
Task<void> Sender::load_limits() {
    const auto of_rule =
        co_await catalog_.get_setting(rule_limits_setting(bucket_->config()->id, rule_.id));
    if (of_rule && *of_rule) {
        if (const auto limits = decode_limits(**of_rule)) {
            set_limits(*limits);
        }
    }
    const auto of_link = co_await catalog_.get_setting(link_limit_setting(peer_address_.region));
    if (of_link && *of_link) {
        const auto limits = decode_limits(**of_link);
        // Every rule of the link reads it; setting it again would forgive a debt.
        if (limits && place_.throttles.link->rate() != limits->bytes_per_second) {
            place_.throttles.link->set_rate(limits->bytes_per_second);
        }
    }
}

void Sender::set_limits(const RuleLimits& limits) {
    {
        const std::scoped_lock lock(mutex_);
        limits_ = limits;
    }
    place_.throttles.rule->set_rate(limits.bytes_per_second);
}

RuleLimits Sender::limits() const {
    const std::scoped_lock lock(mutex_);
    return limits_;
}

/// About a quarter of a second's worth.
std::size_t Sender::batch_bytes_max() const {
    const std::uint64_t rate = place_.throttles.rate();
    return rate == 0 ? kBatchBytesMax
                     : std::clamp<std::uint64_t>(rate / 4, kBatchBytesMin, kBatchBytesMax);
}

/// What is larger travels in chunks, which let small objects pass.
std::uint64_t Sender::small_bytes_max() const {
    const std::uint64_t rate = place_.throttles.rate();
    return rate == 0 ? kSmallBytesMax : std::clamp(rate / 2, kSmallBytesMin, kSmallBytesMax);
}

}  // namespace antipode::replication
