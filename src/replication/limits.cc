#include "replication/limits.h"

#include <fmt/format.h>

#include "base/open_record.h"
#include "base/record.h"
#include "replication/throttle.h"

namespace antipode::replication {

namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::int64_t kThresholdMinMs = 1000;

}  // namespace

Result<void> check_bandwidth(std::uint64_t bytes_per_second) {
    if (bytes_per_second != 0 && bytes_per_second < kBandwidthMin) {
        return fail(ErrorCode::InvalidArgument,
                    "a bandwidth is at least 64 KiB a second, or 0 for no limit");
    }
    return {};
}

Result<void> check(const RuleLimits& limits) {
    TRY_VOID(check_bandwidth(limits.bytes_per_second));
    if (limits.priority < 0 || limits.priority > kPriorityMax) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("a priority is a number from 0 to {}", kPriorityMax));
    }
    if (limits.threshold_ms < kThresholdMinMs) {
        return fail(ErrorCode::InvalidArgument, "a threshold is at least one second");
    }
    return {};
}

std::string rule_limits_setting(std::string_view bucket_id, std::string_view rule_id) {
    return fmt::format("replication-limits/rule/{}/{}", bucket_id, rule_id);
}

std::string link_limit_setting(std::string_view region) {
    return fmt::format("replication-limits/link/{}", region);
}

std::string encode(const RuleLimits& limits) {
    RecordWriter out;
    out.u8(kFormat);
    out.varint(limits.bytes_per_second);
    out.u8(static_cast<std::uint8_t>(limits.priority));
    out.varint(static_cast<std::uint64_t>(limits.threshold_ms));
    return out.take();
}

Result<RuleLimits> decode_limits(std::string_view value) {
    TRY(RecordReader in, open_record(value, kFormat, "the limits of a rule"));
    RuleLimits limits;
    limits.bytes_per_second = in.varint();
    limits.priority = in.u8();
    limits.threshold_ms = static_cast<std::int64_t>(in.varint());
    TRY_VOID(in.finish("the limits of a rule"));
    return limits;
}

}  // namespace antipode::replication
