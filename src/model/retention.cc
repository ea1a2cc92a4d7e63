#include "model/retention.h"

namespace antipode {

namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

Result<void> check_days(std::uint32_t days, std::uint32_t min) {
    if (days < min || days > kRetentionDaysMax) {
        return fail(ErrorCode::InvalidArgument,
                    min == 1 ? "The retention period must be between 1 and 25550 days."
                             : "The retention period can only be made longer, to 25550 days.");
    }
    return {};
}

}  // namespace

bool Retention::is_in_force(std::int64_t now_ms) const {
    return is_locked || now_ms < created_ms + kRetentionTrialMs;
}

bool Retention::keeps(std::int64_t last_modified_ms, std::int64_t now_ms) const {
    return is_in_force(now_ms) &&
           now_ms < last_modified_ms + static_cast<std::int64_t>(days) * kDayMs;
}

Result<void> change_retention(std::optional<Retention>& retention,
                              const RetentionChange& change,
                              std::int64_t now_ms) {
    const bool is_there = retention && retention->is_in_force(now_ms);
    if (change.step == RetentionStep::Initiate) {
        if (is_there) {
            return fail(ErrorCode::ObjectAlreadyExists,
                        "The bucket has a retention policy already.");
        }
        TRY_VOID(check_days(change.days, 1));
        retention = Retention{.id = change.id, .days = change.days, .created_ms = now_ms};
        return {};
    }
    if (!is_there || (!change.id.empty() && change.id != retention->id)) {
        return fail(ErrorCode::NoSuchConfiguration, "The WORM Configuration does not exist.");
    }
    switch (change.step) {
        case RetentionStep::Initiate:
            break;
        case RetentionStep::Abort:
            if (retention->is_locked) {
                return fail(ErrorCode::ObjectImmutable, "The WORM Configuration is locked.");
            }
            retention.reset();
            break;
        case RetentionStep::Complete:
            retention->is_locked = true;
            break;
        case RetentionStep::Extend:
            if (!retention->is_locked) {
                return fail(ErrorCode::InvalidRequest,
                            "Only a locked WORM Configuration can be extended.");
            }
            TRY_VOID(check_days(change.days, retention->days + 1));
            retention->days = change.days;
            break;
    }
    return {};
}

}  // namespace antipode
