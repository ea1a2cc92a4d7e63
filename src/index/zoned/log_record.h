#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "index/index_store.h"

namespace antipode::index {

/// Log sequence number: 1, 2, 3, ... without gaps, over the life of the region.
using Lsn = std::uint64_t;

// The form of the commit log is docs/formats/commit-log.md.
inline constexpr std::size_t kRecordHeaderBytes = 32;
inline constexpr std::size_t kRecordPayloadMax = 16 * 1024 * 1024;

enum class RecordKind : std::uint8_t { Epoch = 1, Acquire = 2, Commit = 3, Drop = 4 };

struct RecordHeader {
    std::uint32_t payload_bytes = 0;
    std::uint32_t crc = 0;
    Lsn lsn = 0;
    std::uint64_t epoch = 0;
    Lsn committed = 0;  ///< The commit index when it was written: whoever has this record knows
                        ///< these to be acknowledged.
};

/// One change of a row, viewing into its record. The key is without the partition.
struct RowOp {
    std::string_view key;
    std::string_view value;
    bool is_delete = false;
};

/// One record of the commit log, decoded. `bytes` is what stands in the log, the same in every
/// zone; the views point into it, so it is neither copied nor changed.
struct LogRecord {
    LogRecord() = default;
    LogRecord(const LogRecord&) = delete;
    LogRecord& operator=(const LogRecord&) = delete;

    std::string bytes;
    RecordHeader header;
    std::uint64_t position = 0;  ///< Of its first byte in the stream that the log is.
    RecordKind kind = RecordKind::Epoch;
    std::string_view partition;
    std::uint64_t revision = 0;  ///< Commit: the revision it makes. Drop: the one it leaves.
    std::uint64_t fence = 0;     ///< Acquire: the new one. Commit, Drop: the one in force.
    std::vector<RowOp> ops;

    [[nodiscard]] Lsn lsn() const { return header.lsn; }

    [[nodiscard]] std::uint64_t end() const { return position + bytes.size(); }
};

/// Where a record goes.
struct RecordPlace {
    Lsn lsn = 0;
    std::uint64_t epoch = 0;
    Lsn committed = 0;
    std::uint64_t position = 0;
};

std::shared_ptr<LogRecord> make_epoch_record(const RecordPlace& place);
std::shared_ptr<LogRecord> make_acquire_record(const RecordPlace& place,
                                               const PartitionId& partition,
                                               std::uint64_t fence,
                                               std::uint64_t revision);
std::shared_ptr<LogRecord> make_commit_record(const RecordPlace& place,
                                              const PartitionId& partition,
                                              std::uint64_t revision,
                                              const Commit& change);
std::shared_ptr<LogRecord> make_drop_record(const RecordPlace& place,
                                            const PartitionId& partition,
                                            std::uint64_t fence,
                                            std::uint64_t revision);

/// The header at the start of `bytes` (at least kRecordHeaderBytes); nothing about the payload is
/// checked.
RecordHeader read_header(std::string_view bytes);
/// Whether header and payload (`bytes` is exactly one record) are what was written.
bool has_valid_crc(std::string_view bytes);
/// Decodes a whole record; Corrupt when crc or form is wrong.
Result<std::shared_ptr<LogRecord>> decode_record(std::string bytes, std::uint64_t position);

}  // namespace antipode::index
