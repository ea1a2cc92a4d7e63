#include "protocol/request_id.h"

#include <chrono>

#include <fmt/format.h>

namespace antipode::protocol {

std::string RequestIds::next(runtime::WallTime now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    // SplitMix64 (Steele et al., 2014): a bijection, so different counts give different ids.
    std::uint64_t mixed =
        (count_.fetch_add(1, std::memory_order_relaxed) + 1) * 0x9E3779B97F4A7C15U + salt_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    mixed ^= mixed >> 31U;
    return fmt::format("{:08X}{:016X}", static_cast<std::uint32_t>(seconds.count()), mixed);
}

}  // namespace antipode::protocol
