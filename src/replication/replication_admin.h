#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/replication_rule.h"
#include "replication/cursor_table.h"
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
    std::uint64_t bytes_sent = 0;
    double lag_p50_ms =
        0;  ///< From commit here to confirmation from there, of the last 4,096 changes.
    double lag_p99_ms = 0;
    double lag_max_ms = 0;
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
    virtual Task<Result<std::vector<ReplicationException>>> exceptions(std::string bucket,
                                                                       std::string rule_id) = 0;
    /// Tries exceptions now instead of at their next time; an empty key = all.
    virtual Task<Result<std::uint64_t>> retry(std::string bucket,
                                              std::string rule_id,
                                              std::string key) = 0;
    /// Waits (at most `patience`) until what is committed now is there, then compares. An empty
    /// rule_id = the only rule.
    virtual Task<Result<Verification>> verify(std::string bucket,
                                              std::string rule_id,
                                              runtime::Duration patience) = 0;
};

}  // namespace antipode::replication
