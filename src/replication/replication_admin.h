#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/replication_rule.h"
#include "replication/cursor_table.h"
#include "replication/limits.h"
#include "runtime/executor.h"
#include "runtime/task.h"

namespace antipode::replication {

/// State of one rule, read from log and cursor, not from tallies (promise 9).
struct RuleStatus {
    std::string bucket;
    ReplicationRule rule;
    bool is_reachable = false;  ///< The destination answered the last request.
    std::string last_error;     ///< Of the last request that failed; empty after a success.
    bool is_fenced = false;  ///< The destination refuses this epoch: nothing will be sent any more.
    std::uint64_t head_revision = 0;
    std::uint64_t cursor_revision = 0;
    std::uint64_t backlog_operations = 0;
    std::uint64_t backlog_bytes = 0;
    std::int64_t oldest_pending_ms =
        0;  ///< Commit time of the oldest change not yet there; 0 = none.
    std::int64_t recovery_point_ms = 0;
    std::uint64_t history_total = 0;
    std::uint64_t history_copied = 0;
    bool history_done = false;
    std::uint64_t exceptions = 0;
    // Since the process started.
    std::uint64_t operations_sent = 0;
    std::uint64_t bytes_sent = 0;       ///< Of bodies, as they are.
    std::uint64_t wire_bytes_sent = 0;  ///< What travelled for them: less where it was compressed,
                                        ///< and nothing for what was already there.
    double lag_p50_ms =
        0;  ///< From commit here to confirmation from there, of the last 4,096 changes.
    double lag_p99_ms = 0;
    double lag_max_ms = 0;
    double operations_per_second = 0;  ///< Of the last half minute.
    double bytes_per_second = 0;       ///< What went over the link, also in vain.
    /// Until backlog and history are there at that rate; 0 = nothing is left, nothing = it cannot
    /// be said (nothing moves).
    std::optional<std::int64_t> eta_ms;
    RuleLimits limits;

    /// 0 to 1, and 1 only when all of it is there. What is written while it is copied may be met,
    /// too, so that more is copied than was counted.
    [[nodiscard]] double history_fraction() const {
        if (history_done && history_copied >= history_total) {
            return 1.0;
        }
        return history_total == 0 ? 0.0
                                  : std::min(0.9999,
                                             static_cast<double>(history_copied) /
                                                 static_cast<double>(history_total));
    }
};

/// The connection to another region.
struct LinkStatus {
    std::string region;
    std::string address;
    std::uint64_t rules = 0;
    bool is_reachable = false;               ///< It answered the last request of some rule.
    double bytes_per_second = 0;             ///< Of all rules, in the last half minute.
    std::uint64_t bytes_per_second_max = 0;  ///< 0 = no limit.
};

/// What is not given stays.
struct LimitChange {
    std::string bucket;
    std::string rule_id;  ///< Empty = the only rule.
    std::optional<std::uint64_t> bytes_per_second;
    std::optional<int> priority;
    std::optional<std::int64_t> threshold_ms;
};

struct Difference {
    enum class Kind : std::uint8_t {
        MissingAtDestination,
        DifferentAtDestination,
        OnlyAtDestination
    };
    std::string key;
    std::string version_id;
    Kind kind = Kind::MissingAtDestination;
};

/// The outcome of a comparison; "identical" is only ever said here.
struct Verification {
    bool is_identical = false;
    std::int64_t as_of_ms = 0;   ///< Everything committed at the source before is covered.
    std::uint64_t compared = 0;  ///< Versions looked at; both set digests alone can prove equality.
    bool by_set_digest =
        false;           ///< Proved by the digests kept with the commits (a few KiB on the wire).
    std::string digest;  ///< Hex of the hash over all slots.
    std::uint64_t only_at_destination =
        0;  ///< Written there by others; no difference for a one-way rule.
    std::vector<Difference> differences;  ///< At most 1,000.
    std::uint64_t difference_count = 0;
    std::uint64_t mended = 0;  ///< Differences that a repair has sent before this comparison.
    // When identical: the text of what was proved, hex of its signature and of the key to check it.
    std::string statement;
    std::string signature;
    std::string public_key;
};

struct VerifyRequest {
    std::string bucket;
    std::string rule_id;  ///< Empty = the only rule.
    runtime::Duration patience = std::chrono::seconds(60);
    bool repair = false;  ///< Sends what differs again and compares once more.
};

/// What one rule does, or will ever do, with one version.
struct VersionState {
    enum class Kind : std::uint8_t { Done, Pending, Failed, Never };
    Kind kind = Kind::Done;
    std::string reason;             ///< One sentence.
    std::int64_t committed_ms = 0;  ///< Of the change that is pending or failed.
    std::uint32_t tries = 0;        ///< Failed only.
    std::int64_t next_try_ms = 0;
};

struct RuleExplanation {
    ReplicationRule rule;
    bool matches = false;
    VersionState state;
};

struct Explanation {
    std::string key;
    std::string version_id;
    bool is_removed = false;  ///< The version is gone here: the states are those of its removal.
    bool is_delete_marker = false;
    std::uint64_t size_bytes = 0;
    std::string arrived_from;  ///< Region that it came from by replication; empty = written here.
    std::vector<RuleExplanation> rules;
};

struct PlanRequest {
    std::string bucket;
    ReplicationRule rule;
    std::uint64_t bytes_per_second = 0;  ///< To reckon the time with; 0 = no reckoning.
};

struct PlanNote {
    bool is_obstacle = false;  ///< The rule would be refused.
    std::string code;          ///< Name of the error, or of the kind of note.
    std::string text;
};

/// What a rule would do if it were made now.
struct RulePlan {
    std::uint64_t objects = 0;   ///< Keys whose latest version matches and is no marker.
    std::uint64_t versions = 0;  ///< Of history, markers among them.
    std::uint64_t markers = 0;
    std::uint64_t bytes = 0;
    std::uint64_t largest_bytes = 0;
    std::optional<std::int64_t> duration_ms;
    std::vector<PlanNote> notes;
};

struct MissingVersion {
    std::string key;
    std::string version_id;
    bool is_removal = false;  ///< A removal at the source that has not arrived.
    std::uint64_t size_bytes = 0;
    std::int64_t committed_ms = 0;
};

/// At the destination: what of a rule's source is known to be missing, though the source may be
/// gone.
struct LossReport {
    std::string bucket;
    std::string source_region;
    std::string source_bucket;
    std::string rule_id;
    /// The source has said what is coming; else nothing is known.
    bool was_heard = false;
    std::int64_t heard_ms = 0;  ///< When it was last heard, to a few seconds.
    /// What was committed there until then is here or among what is missing. What was committed
    /// later cannot be known.
    std::int64_t known_to_ms = 0;
    std::uint64_t history_left = 0;  ///< Versions of history that were not copied; without names.
    std::uint64_t versions = 0;
    std::uint64_t bytes = 0;
    std::uint64_t removals = 0;
    std::int64_t oldest_ms = 0;           ///< 0 = nothing is missing.
    std::vector<MissingVersion> missing;  ///< At most 1,000.
};

/// What operators do with rules. Threads: any executor.
class ReplicationAdmin {
  public:
    ReplicationAdmin() = default;
    ReplicationAdmin(const ReplicationAdmin&) = delete;
    ReplicationAdmin& operator=(const ReplicationAdmin&) = delete;
    virtual ~ReplicationAdmin() = default;

    /// Of all rules of this region, or of one bucket.
    virtual Task<Result<std::vector<RuleStatus>>> status(std::string bucket) = 0;
    /// The same without a count of what has not been read from the log: cheap, for looking often.
    virtual Task<Result<std::vector<RuleStatus>>> glance() = 0;
    virtual std::vector<LinkStatus> links() = 0;
    /// In force at once, and kept. Errors: NoSuchReplicationRule, and those of check(RuleLimits).
    virtual Task<Result<RuleLimits>> set_limits(LimitChange change) = 0;
    /// Shared by all rules to that region; 0 = no limit. NotFound: no such link.
    virtual Task<Result<void>> set_link_limit(std::string region,
                                              std::uint64_t bytes_per_second) = 0;
    virtual Task<Result<std::vector<ReplicationException>>> exceptions(std::string bucket,
                                                                       std::string rule_id) = 0;
    /// Tries exceptions now instead of at their next time; an empty key = all.
    virtual Task<Result<std::uint64_t>> retry(std::string bucket,
                                              std::string rule_id,
                                              std::string key) = 0;
    /// Of the latest version when `version_id` is empty. Errors: NoSuchBucket, NoSuchKey,
    /// NoSuchVersion, InvalidArgument (no version id).
    virtual Task<Result<Explanation>> explain(std::string bucket,
                                              std::string key,
                                              std::string version_id) = 0;
    /// A dry run: nothing is changed. NoSuchBucket; what stands against the rule is in the notes.
    virtual Task<Result<RulePlan>> plan(PlanRequest request) = 0;
    /// Of the rules that lead into this region, or into one bucket of it.
    virtual Task<Result<std::vector<LossReport>>> loss(std::string bucket) = 0;
    /// Waits (at most `patience`) until what is committed now is there, then compares.
    virtual Task<Result<Verification>> verify(VerifyRequest request) = 0;
    /// Hex of the public key that this region's statements are signed with.
    virtual Task<Result<std::string>> statement_key() = 0;
};

}  // namespace antipode::replication
