#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/partition.h"
#include "model/version_order.h"
#include "replication/peer_protocol.h"
#include "runtime/task.h"

/// Metadata run ahead of data: the source tells what is coming, so that the destination can say
/// what is missing when the source is gone (docs/formats/peer-protocol.md, `announce`).
namespace antipode::replication {

/// A change that is on its way, or a version that was refused.
struct Announced {
    std::uint64_t revision = 0;  ///< At the source; 0 = an exception.
    bool is_purge = false;
    std::string key;
    VersionOrder order;
    bool is_null = false;
    std::uint64_t size_bytes = 0;
    std::int64_t committed_ms = 0;
};

struct Announcement {
    RuleHeader rule;
    std::uint64_t cursor = 0;  ///< What is at or below it has arrived, or is among `failed`.
    /// Every matching change committed before it has been announced, or has arrived.
    std::int64_t known_to_ms = 0;
    std::uint64_t history_left =
        0;  ///< Versions of history that are not copied; they have no names here.
    std::vector<Announced> changes;
    bool has_failed = false;  ///< `failed` takes the place of what was told before.
    std::vector<Announced> failed;
};

std::string encode(const Announcement& announcement);
Result<Announcement> decode_announcement(std::string_view bytes);

/// What the destination knows of one rule.
struct AnnouncedState {
    std::uint64_t epoch = 0;
    std::int64_t known_to_ms = 0;
    std::int64_t heard_ms = 0;  ///< When the source was last heard, to a few seconds.
    std::uint64_t history_left = 0;
};

/// Keeps it, durably when it returns; forgets what has arrived.
Task<Result<void>> take_announcement(catalog::Partition& partition,
                                     Announcement announcement,
                                     std::int64_t now_ms);
/// The rule was closed.
Task<Result<void>> forget_announced(catalog::Partition& partition, RuleHeader rule);

/// Nothing when the source has never said anything.
Task<Result<std::optional<AnnouncedState>>> load_announced_state(catalog::Partition& partition,
                                                                 RuleHeader rule);

struct AnnouncedPage {
    std::vector<Announced> announced;
    std::string place;  ///< Where the next page begins; empty = this was the last.
};

Task<Result<AnnouncedPage>> scan_announced(catalog::Partition& partition,
                                           RuleHeader rule,
                                           std::string place);

/// Whether it is here, or something later in its place.
Task<Result<bool>> has_arrived(catalog::Partition& partition, Announced announced);

}  // namespace antipode::replication
