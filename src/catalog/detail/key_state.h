#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/partition.h"
#include "catalog/stored_version.h"
#include "catalog/version_table.h"
#include "index/index_store.h"

namespace antipode::catalog {

/// What is known of one key while a change of it is planned. Held under the key's lock, guarded in
/// the commit.
struct KeyState {
    std::string key;
    std::optional<StoredVersion> head;
    std::optional<std::string> head_row;
    std::optional<VersionOrder>
        older_null;  ///< Order of the null version while it is an older one.
    std::optional<std::string> older_null_row;
};

Task<Result<KeyState>> load_key(Partition& partition, std::string key);

/// Collects the writes of one commit and what they do to the totals.
class KeyPlan {
  public:
    explicit KeyPlan(const KeyState& state);

    void write_head(const StoredVersion& stored);
    void remove_head();
    void write_older(const StoredVersion& stored);
    void remove_older(const VersionOrder& order);
    void set_older_null(const std::optional<VersionOrder>& order);
    void write_tombstone(const std::string& row_key, const VersionOrder& order);
    /// The version appears in or disappears from the bucket (digest and usage).
    void count_in(const ObjectVersion& version);
    void count_out(const ObjectVersion& version);
    /// The body's rows go; its blobs are given back by the caller after the commit.
    void free_body(const Body& body);
    void add(Companions companions);

    Task<Result<std::uint64_t>> commit(Partition& partition, Change change);

    FreedBodies take_freed() { return std::move(freed_); }

  private:
    const KeyState& state_;
    std::vector<index::Guard> guards_;
    std::vector<index::Write> writes_;
    FreedBodies freed_;
    ItemDigest digest_delta_;
    Usage usage_delta_;
};

}  // namespace antipode::catalog
