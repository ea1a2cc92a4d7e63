#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace antipode {

inline constexpr std::uint32_t kRetentionDaysMax = 70 * 365;
inline constexpr std::int64_t kRetentionTrialMs = 24LL * 3600 * 1000;

/// A bucket's retention policy (OSS: BucketWorm): what is written stays as it is, and stays, for so
/// many days. It is on trial for a day, in which it can be taken back; then it lapses, unless it
/// has been locked: for good, for whoever it be.
struct Retention {
    std::string id;
    std::uint32_t days = 0;
    std::int64_t created_ms = 0;
    bool is_locked = false;

    [[nodiscard]] bool is_in_force(std::int64_t now_ms) const;
    /// Whether an object that was last modified then can be neither overwritten nor removed now.
    [[nodiscard]] bool keeps(std::int64_t last_modified_ms, std::int64_t now_ms) const;

    bool operator==(const Retention&) const = default;
};

enum class RetentionStep : std::uint8_t {
    Initiate,  ///< With `id` of the new policy and `days`.
    Abort,     ///< While on trial.
    Complete,  ///< Locks it.
    Extend,    ///< A locked one, to more `days`.
};

struct RetentionChange {
    RetentionStep step = RetentionStep::Initiate;
    std::string id;  ///< Abort: empty = whichever.
    std::uint32_t days = 0;
};

/// ObjectAlreadyExists: there is one; NoSuchConfiguration: there is none (with that id);
/// ObjectImmutable: it is locked; InvalidArgument: days; InvalidRequest: extends what is on trial.
Result<void> change_retention(std::optional<Retention>& retention,
                              const RetentionChange& change,
                              std::int64_t now_ms);

}  // namespace antipode
