#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/change.h"
#include "model/object_version.h"
#include "model/replication_rule.h"
#include "object/replica_service.h"

/// What two regions say to each other (docs/formats/peer-protocol.md): HTTP requests below
/// /-/peer/v1/, bodies in the record encoding of base/record.h. Client verbs are never used between
/// regions (promise 5).
namespace antipode::replication {

inline constexpr std::string_view kPeerPrefix = "/-/peer/v1/";

enum class OperationKind : std::uint8_t {
    Put = 1,
    Purge = 2,
    Update = 3,  ///< As Put, of a version that itself arrived by replication and was changed here.
};

/// One change to be applied at the destination.
struct Operation {
    OperationKind kind = OperationKind::Put;
    std::uint64_t sequence = 0;  ///< Revision at the source; 0 for history.
    ObjectVersion version;       ///< Put. For Purge only key, order and is_null count.
    bool has_body = false;  ///< `body` holds all bytes (may be empty only for an empty object).
    std::string body;
    std::string transfer_id;  ///< Bytes were sent in chunks before.
    bool is_repair = false;   ///< See object::ReplicaPut.
    /// Of a rule that selects SSE-KMS objects: the destination's key for them (model/encryption.h).
    /// `version.encryption` is that of the source.
    std::string replica_kms_key;
};

/// Who speaks: the receiver rejects epochs older than the one it knows (promise 12).
struct RuleHeader {
    std::string source_region;
    std::string source_bucket;
    std::string target_bucket;
    std::string rule_id;
    std::uint64_t epoch = 0;
};

struct ApplyRequest {
    RuleHeader rule;
    std::vector<Operation> operations;
};

struct OperationReply {
    bool is_ok = false;
    object::ReplicaOutcome outcome = object::ReplicaOutcome::Applied;  ///< When ok.
    ErrorCode code = ErrorCode::Internal;                              ///< When not.
    std::string reason;  ///< When not, and when Excluded.
};

/// Sizes a batch may have: at least one operation, then as many as fit.
inline constexpr std::size_t kBatchOperationsMax = 512;
inline constexpr std::size_t kBatchBytesMax = 4 * 1024 * 1024;
/// Larger objects travel in chunks of their own.
inline constexpr std::uint64_t kSmallBytesMax = 1024 * 1024;
inline constexpr std::uint64_t kChunkBytes = 4 * 1024 * 1024;
/// The longest body of a request that is not a chunk, unpacked.
inline constexpr std::size_t kBodyBytesMax = kBatchBytesMax + 16 * 1024 * 1024;

std::string encode(const ApplyRequest& request);
Result<ApplyRequest> decode_apply_request(std::string_view bytes);
std::string encode(const std::vector<OperationReply>& replies);
Result<std::vector<OperationReply>> decode_replies(std::string_view bytes);

/// Opening and closing a rule at the destination.
struct RuleNotice {
    RuleHeader rule;
    bool is_closing = false;
    std::string owner;                                ///< Account of the source bucket.
    Versioning versioning = Versioning::Unversioned;  ///< Of the source bucket.
    bool wants_acceleration = false;
    /// Least epoch of the rules that the source still has between the two buckets: the receiver
    /// rejects everything older, whichever rule it names.
    std::uint64_t floor = 0;
};

std::string encode(const RuleNotice& notice);
Result<RuleNotice> decode_rule_notice(std::string_view bytes);

/// What a region can do beyond the first form of the protocol. It says so in its answers to notices
/// and announcements, so that a change of its version is soon known; an empty answer (of older
/// versions) means nothing of it.
struct PeerAbilities {
    bool unpacks_zstd = false;   ///< Takes bodies that are packed (packing.h).
    bool reuses_chunks = false;  ///< Tells of versions that are there, and takes chunks of them.
    bool gives_bodies = false;   ///< Answers `body`.
};

std::string encode(const PeerAbilities& abilities);
Result<PeerAbilities> decode_abilities(std::string_view bytes);

/// Facts about a bucket, for checks and for verification.
struct BucketFacts {
    bool exists = false;
    std::string owner;
    std::string region;
    Versioning versioning = Versioning::Unversioned;
    std::uint64_t incoming_rules = 0;  ///< Live ones.
    std::uint64_t incoming_rules_max = kReplicationRulesMax;
};

std::string encode(const BucketFacts& facts);
Result<BucketFacts> decode_bucket_facts(std::string_view bytes);

/// Where the rules of a bucket lead.
struct TargetBucket {
    std::string region;
    std::string bucket;
};

std::string encode(const std::vector<TargetBucket>& targets);
Result<std::vector<TargetBucket>> decode_targets(std::string_view bytes);

/// What the destination has of a transfer.
struct TransferState {
    std::vector<object::Chunk> there;
    /// Of another version of the key: object::ReplicaService::list_basis(). Only when asked for.
    std::vector<object::Chunk> basis;
};

/// Without a basis as in the first form of the protocol.
std::string encode(const TransferState& state);
Result<TransferState> decode_transfer_state(std::string_view bytes);

/// A chunk that the destination may already have, in another version of the key.
struct TakeRequest {
    RuleHeader rule;
    std::string transfer_id;
    object::Chunk chunk;
    std::string replica_kms_key;
    object::BasisChunk from;
};

/// The answer when it had it; any other means that it is to be sent.
inline constexpr std::string_view kTaken = "taken";

std::string encode(const TakeRequest& request);
Result<TakeRequest> decode_take_request(std::string_view bytes);

/// Bytes of a version that were lost where this is asked. Answered with the bytes themselves, and
/// only when the very same version is there and a rule binds the two buckets, in either direction.
struct BodyRequest {
    std::string own_bucket;  ///< Of the region that asks.
    std::string bucket;
    // What makes it the same version.
    std::string key;
    VersionOrder order;
    bool is_null = false;
    std::uint64_t size_bytes = 0;
    std::uint64_t crc64 = 0;
    std::string etag;
    ByteRange range;  ///< At most kChunkBytes of its plain bytes.
};

std::string encode(const BodyRequest& request);
Result<BodyRequest> decode_body_request(std::string_view bytes);

/// One version in a listing for verification.
struct Item {
    std::string key;
    std::string version_id;
    catalog::ItemDigest digest;
    std::uint64_t size_bytes = 0;
    bool is_outside = false;  ///< Not for this rule; said at the source, not on the wire.

    bool operator==(const Item&) const = default;
};

struct ItemPage {
    std::vector<Item> items;  ///< In listing order: key ascending, newest first.
    bool is_truncated = false;
};

std::string encode(const ItemPage& page);
Result<ItemPage> decode_item_page(std::string_view bytes);

}  // namespace antipode::replication
