#pragma once

#include <cstdint>
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

struct ReplicationRule {
    std::string id;
    std::vector<std::string> prefixes;  ///< Empty = the whole bucket.
    std::uint8_t actions = kReplicateAll;
    std::string action_text = "ALL";  ///< As the client wrote it; echoed.
    BucketName target_bucket;
    std::string target_region;  ///< "cn-beijing", without "oss-".
    TransferType transfer = TransferType::Internal;
    bool transfer_given = false;
    bool history = true;
    bool rtc = false;
    std::string sync_role;
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
    bool is_closed = false;  ///< Kept as a fence after removal: older epochs stay rejected.
};

[[nodiscard]] bool matches_prefix(const ReplicationRule& rule, std::string_view key);

}  // namespace antipode
