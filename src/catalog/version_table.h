#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/partition.h"
#include "catalog/stored_version.h"
#include "runtime/task.h"

/// Every change of a key, local or replicated, goes through these functions: each is one commit
/// that keeps the newest version in the head row, older ones behind it, and writes the change row.
namespace antipode::catalog {

/// Bodies that no version names any more; the caller gives their bytes back (reap_bodies) after the
/// commit.
using FreedBodies = std::vector<Body>;

/// Rows that belong to the same commit (bytes of small pieces, the end of an upload).
struct Companions {
    std::vector<index::Guard> guards;
    std::vector<index::Write> writes;
    Usage usage_delta;  ///< Of what the companions do (uploads that end).
};

struct PutVersion {
    /// `version.order` and `attributes_order` are set here when `is_local`; else they are the
    /// source's.
    StoredVersion stored;
    bool is_local = true;
    Companions companions;
    /// Local only: decides on the current latest version (null = none, or a marker is given as it
    /// is).
    std::function<Result<void>(const StoredVersion* latest)> precondition;
    /// Removed null versions leave a tombstone, and existing ones count: set for buckets that take
    /// part in replication.
    bool use_tombstones = false;
};

enum class Outcome : std::uint8_t {
    Applied,
    AlreadyThere,  ///< The same version with the same (or newer) attributes.
    Superseded,    ///< Something newer is there, or it was removed: nothing was done.
};

struct PutResult {
    Outcome outcome = Outcome::Applied;
    StoredVersion stored;
    FreedBodies freed;
};

/// Null versions replace the null version; others are added. With `is_local` the version becomes
/// the latest.
Task<Result<PutResult>> put_version(Partition& partition, PutVersion request);

struct AppendVersion {
    StoredVersion stored;  ///< With the new pieces at its end; its clock values are set here.
    std::optional<StoredVersion> before;  ///< What it was; nothing = the append creates it.
    std::vector<index::Write> writes;     ///< Data rows, part rows.
};

/// Grows an appendable object in place: the version keeps its id (no new version in versioned
/// buckets), in unversioned buckets its order moves on, so that replicas see which state is the
/// later. Conflict when it is not as `before` says.
Task<Result<StoredVersion>> append_version(Partition& partition, AppendVersion request);

/// What a removal is about, under the key's lock.
struct PurgeSight {
    const StoredVersion* target = nullptr;  ///< Null: it is not there.
    bool is_latest = false;
    bool is_alone = false;  ///< No other version of the key is there.
};

struct PurgeVersion {
    std::string key;
    /// Absent = the null version.
    std::optional<VersionOrder> order;
    /// Replicated removals carry the source's order of the removal; a newer null version stays.
    std::optional<VersionOrder> removal_order;
    std::string arrived_from;
    std::string region;  ///< This region, for the order of a local removal.
    bool use_tombstones = false;
    /// An error of it leaves everything as it is.
    std::function<Result<void>(const PurgeSight&)> precondition = {};
};

struct PurgeResult {
    Outcome outcome = Outcome::Applied;  ///< AlreadyThere = there was nothing to remove.
    std::optional<StoredVersion> removed;
    FreedBodies freed;
};

/// Removes one version for good; the next older one becomes the latest.
Task<Result<PurgeResult>> purge_version(Partition& partition, PurgeVersion request);

struct ChangeAttributes {
    std::string key;
    /// Absent = the latest version; NotFound when there is none.
    std::optional<VersionOrder> order;
    bool is_null = false;  ///< The null version is meant (order is ignored).
    std::string region;
    std::function<Result<void>(ObjectVersion&)> change;
};

/// ACL, tags: rewrites a version's row in place; order and last-modified stay.
Task<Result<StoredVersion>> change_attributes(Partition& partition, ChangeAttributes request);

/// The latest version (may be a marker), or nothing.
Task<Result<std::optional<StoredVersion>>> find_latest(Partition& partition, std::string key);
/// A version by order, or the null version; nothing when it does not exist.
Task<Result<std::optional<StoredVersion>>> find_version(Partition& partition,
                                                        std::string key,
                                                        VersionOrder order);
Task<Result<std::optional<StoredVersion>>> find_null_version(Partition& partition, std::string key);

struct LatestPage {
    std::vector<StoredVersion> versions;  ///< One per key, markers included.
    bool is_truncated = false;
};

/// Latest versions of keys that start with `prefix` and are greater than `after`.
Task<Result<LatestPage>> scan_latest(Partition& partition,
                                     std::string prefix,
                                     std::string after,
                                     std::size_t limit);

struct VersionPlace {
    std::string key;
    /// Go on behind this version of `key`; absent = behind all versions of `key`.
    std::optional<VersionOrder> order;
};

struct VersionsPage {
    struct Entry {
        StoredVersion stored;
        bool is_latest = false;
    };

    std::vector<Entry> entries;  ///< Keys ascending, of one key the newest first.
    bool is_truncated = false;
};

/// All versions of keys that start with `prefix`, behind `after` (empty key = from the start).
Task<Result<VersionsPage>> scan_versions(Partition& partition,
                                         std::string prefix,
                                         VersionPlace after,
                                         std::size_t limit);

}  // namespace antipode::catalog
