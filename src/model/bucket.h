#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/object_version.h"
#include "model/replication_rule.h"
#include "model/retention.h"

namespace antipode {

enum class Redundancy : std::uint8_t { Lrs = 0, Zrs = 1 };

struct Bucket {
    BucketName name;
    std::string id;  ///< Names its partition; never reused.
    AccountId owner;
    std::int64_t created_ms = 0;
    Acl acl = Acl::Private;
    StorageClass storage_class = StorageClass::Standard;
    Redundancy redundancy = Redundancy::Lrs;
    Versioning versioning = Versioning::Unversioned;
    bool transfer_acceleration = false;
    bool transfer_acceleration_was_set = false;
    std::vector<ReplicationRule> rules;  ///< Of which it is the source.
    std::vector<IncomingRule> incoming;  ///< Of which it is the destination.
    /// Rules that it may have in each direction; 0 = kReplicationRulesMax. Set by administrators.
    std::uint32_t replication_rules_max = 0;
    /// Of its rules, also of those that are gone: the next rule's is greater, whatever the clock
    /// says.
    std::uint64_t greatest_rule_epoch = 0;
    /// Of objects that are written without a word about it.
    Encryption encryption;
    /// Only while it is unversioned. May have lapsed.
    std::optional<Retention> retention;
    NamedValues tags;
    /// Sub-resources kept as the client sent them (XML or JSON), by name: "cors", "lifecycle", ...
    std::map<std::string, std::string> configurations;

    /// Any rule, as source or destination, freezes versioning (oss-facts 1.11).
    [[nodiscard]] bool has_live_rule() const;
    [[nodiscard]] std::size_t replication_quota() const;
    /// Whether `version` can be neither overwritten nor removed now.
    [[nodiscard]] bool retains(const ObjectVersion& version, std::int64_t now_ms) const;
};

/// 3 to 63 of [a-z0-9-] (S3 also takes dots), first and last alphanumeric. InvalidBucketName
/// otherwise.
Result<void> check_bucket_name(std::string_view name, bool allow_dots);

/// 1 to 1,024 bytes (S3; OSS says 1,023) of valid UTF-8 without NUL. `oss_rules` also refuses a
/// leading "/" or "\". InvalidObjectName otherwise.
Result<void> check_object_key(std::string_view key, bool oss_rules);

}  // namespace antipode
