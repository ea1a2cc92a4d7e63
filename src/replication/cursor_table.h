#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/partition.h"
#include "model/version_order.h"
#include "runtime/task.h"

namespace antipode::replication {

inline constexpr std::size_t kOpenMax = 512;

/// How far a rule has come; a row of the source bucket's partition.
struct RuleCursor {
    std::uint64_t epoch = 0;
    std::uint64_t revision =
        0;  ///< Every change at or below it is confirmed, or in the exception set.
    /// So is every change between it and here that is not in `open`: one that takes long (a large
    /// object) does not let those behind it be sent again after a restart.
    std::uint64_t read_to = 0;
    std::vector<std::uint64_t> open;  ///< Ascending; at most kOpenMax.
    // The walk over what was there when the rule was made.
    bool history_done = false;
    std::string history_key;  ///< Behind this version the walk goes on.
    std::string history_version_id;
    std::uint64_t history_total = 0;  ///< Versions that match, once it is counted.
    std::uint64_t history_copied = 0;
    bool history_counted = false;

    /// Whether the change is confirmed, or in the exception set.
    [[nodiscard]] bool has(std::uint64_t change) const;
};

/// A version that could not be brought over; durable until it could.
struct ReplicationException {
    std::string key;
    VersionOrder order;
    bool is_null = false;
    bool is_purge = false;
    bool is_history = false;  ///< Met by the walk, not by a change.
    bool is_repair = false;   ///< Found by a comparison, to be mended.
    /// The rule does not replicate it (its encryption): said, but nothing that is missing.
    bool is_excluded = false;
    std::string reason;
    std::uint32_t tries = 0;
    std::int64_t committed_ms = 0;  ///< Of the change at the source.
    std::int64_t next_try_ms = 0;
    std::uint64_t size_bytes = 0;
};

Task<Result<std::optional<RuleCursor>>> load_cursor(catalog::Partition& partition,
                                                    std::string rule_id);
Task<Result<void>> save_cursor(catalog::Partition& partition,
                               std::string rule_id,
                               RuleCursor cursor);

Task<Result<std::vector<ReplicationException>>> load_exceptions(catalog::Partition& partition,
                                                                std::string rule_id);
Task<Result<void>> save_exception(catalog::Partition& partition,
                                  std::string rule_id,
                                  ReplicationException exception);
Task<Result<void>> remove_exception(catalog::Partition& partition,
                                    std::string rule_id,
                                    ReplicationException exception);

/// Cursor and exceptions of a rule that is gone.
Task<Result<void>> remove_rule_rows(catalog::Partition& partition, std::string rule_id);

}  // namespace antipode::replication
