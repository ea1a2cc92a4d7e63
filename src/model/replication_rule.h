#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/object_version.h"

namespace antipode {

enum class ReplicationStatus : std::uint8_t { Starting = 0, Doing = 1, Closing = 2 };
enum class TransferType : std::uint8_t { Internal = 0, OssAcc = 1 };

/// Bits of ReplicationRule::actions. ALL = all three.
inline constexpr std::uint8_t kReplicatePut = 1;
inline constexpr std::uint8_t kReplicateDelete = 2;
inline constexpr std::uint8_t kReplicateAbort = 4;
inline constexpr std::uint8_t kReplicateAll = kReplicatePut | kReplicateDelete | kReplicateAbort;

/// The dialect a rule was written in. What only one of them can say is refused by name in the
/// other.
enum class RuleDialect : std::uint8_t { Oss = 0, S3 = 1, S3Legacy = 2 };  // On disk.

/// Outgoing and incoming rules are counted apart.
inline constexpr std::size_t kReplicationRulesMax = 100;

struct ReplicationRule {
    std::string id;
    std::vector<std::string> prefixes;  ///< Empty = the whole bucket.
    NamedValues tags;                   ///< Empty = whatever tags.
    bool any_tag = false;               ///< One of the tags is enough (OSS FilterType OR).
    std::uint8_t actions = kReplicateAll;
    std::string action_text = "ALL";  ///< As the client wrote it; echoed.
    BucketName target_bucket;
    std::string target_region;  ///< "cn-beijing", without "oss-".
    TransferType transfer = TransferType::Internal;
    bool transfer_given = false;
    bool history = true;
    bool rtc = false;
    std::string sync_role;  ///< S3: Role.
    /// SourceSelectionCriteria/SseKmsEncryptedObjects; absent = not said.
    std::optional<bool> kms_objects;
    std::string replica_kms_key;  ///< In the destination's region.

    RuleDialect dialect = RuleDialect::Oss;
    // What only S3 can say.
    bool is_enabled = true;
    std::int64_t priority = 0;   ///< Between rules to one destination the greatest counts.
    bool delete_markers = true;  ///< DeleteMarkerReplication.
    bool replica_modifications =
        true;  ///< Changes that are made here to what arrived are sent back.
    std::optional<StorageClass> replica_class;

    ReplicationStatus status = ReplicationStatus::Starting;
    std::uint64_t epoch = 0;  ///< Greater than that of every earlier rule of the pair; the receiver
                              ///< rejects older ones.
    std::uint64_t start_revision =
        0;  ///< Changes after it are realtime; what exists at it is history.
    std::int64_t created_ms = 0;
};

/// A rule of another region that writes into this bucket.
struct IncomingRule {
    std::string source_region;
    BucketName source_bucket;
    std::string rule_id;
    std::uint64_t epoch = 0;
    /// Least epoch of the pair's rules that the source still has: everything older is rejected.
    std::uint64_t floor = 0;
    bool is_closed = false;       ///< Kept as a fence after removal: older epochs stay rejected.
    bool is_accelerated = false;  ///< oss_acc: acceleration may not be switched off here.
};

[[nodiscard]] bool matches_prefix(const ReplicationRule& rule, std::string_view key);

/// Tags are compared exactly; a rule without tags takes every version.
[[nodiscard]] bool matches_tags(const ReplicationRule& rule, const NamedValues& tags);

/// The key of replicas whose source or bucket has a KMS key of its own; empty when the rule does
/// not select such objects.
[[nodiscard]] std::string replica_key(const ReplicationRule& rule);

/// Whether the rule brings this version over: prefix, tags, PUT, markers. Where it was born,
/// whether it arrived from a peer, and what the destination says of its encryption is the caller's
/// to know.
[[nodiscard]] bool takes_version(const ReplicationRule& rule, const ObjectVersion& version);

/// True when another of the source's rules to the same destination counts for this version (S3
/// Priority; two of the same priority: the smaller id).
[[nodiscard]] bool is_outranked(const ReplicationRule& rule,
                                const std::vector<ReplicationRule>& rules,
                                const ObjectVersion& version);

}  // namespace antipode
