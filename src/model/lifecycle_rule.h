#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/object_version.h"
#include "model/replication_rule.h"

namespace antipode {

inline constexpr std::size_t kLifecycleRulesMax = 1000;
inline constexpr std::size_t kLifecycleRuleIdBytesMax = 255;
inline constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
/// Smaller ones do not change their class by a rule of S3 that says nothing about sizes.
inline constexpr std::uint64_t kS3TransitionBytesMin = 128ULL * 1024;

/// When a part of a rule acts; exactly one of the two is given.
struct LifecycleTime {
    std::optional<std::uint32_t> days;  ///< Of age, at least 1.
    /// A midnight (UTC). From then on: OSS means what was last modified before it, S3 everything.
    std::optional<std::int64_t> date_ms;

    bool operator==(const LifecycleTime&) const = default;
};

struct LifecycleTransition {
    LifecycleTime when;
    StorageClass to = StorageClass::InfrequentAccess;

    bool operator==(const LifecycleTransition&) const = default;
};

/// What happens to versions that are not the latest, so long after a newer one came.
struct NoncurrentAge {
    std::uint32_t days = 0;
    /// So many of the newest noncurrent versions are not touched (S3).
    std::uint32_t kept = 0;

    bool operator==(const NoncurrentAge&) const = default;
};

struct NoncurrentTransition {
    NoncurrentAge when;
    StorageClass to = StorageClass::InfrequentAccess;

    bool operator==(const NoncurrentTransition&) const = default;
};

/// OSS's Filter/Not: what starts with the prefix and has the tag is left alone.
struct LifecycleExclusion {
    std::string prefix;
    std::optional<std::pair<std::string, std::string>> tag;

    bool operator==(const LifecycleExclusion&) const = default;
};

struct LifecycleRule {
    std::string id;
    /// Whose words these are: days mean the same everywhere, dates do not.
    RuleDialect dialect = RuleDialect::Oss;
    bool is_enabled = true;
    std::string prefix;
    NamedValues tags;  ///< All of them; compared exactly.
    std::optional<std::uint64_t> bytes_above;
    std::optional<std::uint64_t> bytes_below;
    std::vector<LifecycleExclusion> exclusions;

    std::optional<LifecycleTime> expiration;
    /// A delete marker goes when no other version of its key is left.
    bool removes_lone_markers = false;
    std::vector<LifecycleTransition> transitions;
    std::optional<NoncurrentAge> noncurrent_expiration;
    std::vector<NoncurrentTransition> noncurrent_transitions;
    std::optional<LifecycleTime> abort_uploads;

    bool operator==(const LifecycleRule&) const = default;
};

using LifecycleRules = std::vector<LifecycleRule>;

/// What is wrong with the rules whatever the dialect: InvalidArgument with a sentence. OSS does not
/// take rules of the same action for objects that both of them mean, unless it is told to.
Result<void> check_lifecycle(const LifecycleRules& rules, bool allow_overlap);

/// What is asked about a version.
struct LifecycleSubject {
    const ObjectVersion& version;
    bool is_latest = true;
    bool is_alone = false;                 ///< No other version of its key is there.
    std::int64_t noncurrent_since_ms = 0;  ///< When the next newer version came.
    std::uint32_t newer_noncurrent = 0;    ///< Noncurrent versions that are newer.
};

enum class LifecycleDeed : std::uint8_t {
    None = 0,
    Expire = 1,         ///< As a delete without a version: for good, or a marker where versioned.
    RemoveVersion = 2,  ///< A noncurrent version, for good.
    RemoveMarker = 3,   ///< The marker that is all that is left of its key.
    Transition = 4,
};

struct LifecycleDecision {
    LifecycleDeed deed = LifecycleDeed::None;
    StorageClass to = StorageClass::Standard;  ///< Of a transition.
    std::string rule_id;

    bool operator==(const LifecycleDecision&) const = default;
};

/// Removal goes before change of class. Days are counted to the midnight behind them, as both
/// services do; `day_ms` is shorter in tests.
[[nodiscard]] LifecycleDecision decide_lifecycle(const LifecycleRules& rules,
                                                 const LifecycleSubject& subject,
                                                 std::int64_t now_ms,
                                                 std::int64_t day_ms = kDayMs);

/// The rule that ends the upload now; null = none.
[[nodiscard]] const LifecycleRule* find_rule_that_aborts(const LifecycleRules& rules,
                                                         const MultipartUpload& upload,
                                                         std::int64_t now_ms,
                                                         std::int64_t day_ms = kDayMs);

struct LifecycleExpiry {
    std::int64_t at_ms = 0;
    std::string rule_id;

    bool operator==(const LifecycleExpiry&) const = default;
};

/// When the latest version of a key will expire, for x-oss-expiration and x-amz-expiration.
[[nodiscard]] std::optional<LifecycleExpiry> expiry_of(const LifecycleRules& rules,
                                                       const ObjectVersion& version);

}  // namespace antipode
