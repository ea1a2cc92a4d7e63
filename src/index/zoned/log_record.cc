#include "index/zoned/log_record.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/record.h"
#include "index/check_commit.h"

namespace antipode::index {

namespace {

constexpr std::uint8_t kDelete = 0;
constexpr std::uint8_t kPut = 1;

std::uint32_t crc_of(std::string_view bytes) {
    const ByteView all = as_bytes(bytes);
    return crc32c(all.subspan(8), crc32c(all.first(4)));
}

void store(std::string& bytes, std::size_t offset, std::uint32_t value) {
    RecordWriter writer;
    writer.u32(value);
    std::memcpy(bytes.data() + offset, writer.str().data(), 4);
}

Result<void> parse_payload(LogRecord& record) {
    RecordReader reader(std::string_view(record.bytes).substr(kRecordHeaderBytes));
    const std::uint8_t kind = reader.u8();
    if (kind < static_cast<std::uint8_t>(RecordKind::Epoch) ||
        kind > static_cast<std::uint8_t>(RecordKind::Drop)) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("log record {} is of an unknown kind {}", record.lsn(), kind));
    }
    record.kind = static_cast<RecordKind>(kind);
    if (record.kind != RecordKind::Epoch) {
        record.partition = reader.text();
        record.fence = reader.varint();
        record.revision = reader.varint();
    }
    if (record.kind == RecordKind::Commit) {
        const std::uint64_t count = reader.varint();
        for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
            RowOp op;
            op.is_delete = reader.u8() == kDelete;
            op.key = reader.text();
            op.value = op.is_delete ? std::string_view() : reader.text();
            record.ops.push_back(op);
        }
    }
    return reader.finish("a log record");
}

RecordWriter begin(const RecordPlace& place, RecordKind kind) {
    RecordWriter writer;
    writer.u32(0);  // Size and crc are known at the end.
    writer.u32(0);
    writer.u64(place.lsn);
    writer.u64(place.epoch);
    writer.u64(place.committed);
    writer.u8(static_cast<std::uint8_t>(kind));
    return writer;
}

std::shared_ptr<LogRecord> finish(RecordWriter writer, const RecordPlace& place) {
    auto record = std::make_shared<LogRecord>();
    record->bytes = writer.take();
    record->position = place.position;
    CHECK(record->bytes.size() <= kRecordHeaderBytes + kRecordPayloadMax);
    store(record->bytes, 0, static_cast<std::uint32_t>(record->bytes.size() - kRecordHeaderBytes));
    store(record->bytes, 4, crc_of(record->bytes));
    record->header = read_header(record->bytes);
    CHECK(parse_payload(*record));
    return record;
}

}  // namespace

std::shared_ptr<LogRecord> make_epoch_record(const RecordPlace& place) {
    return finish(begin(place, RecordKind::Epoch), place);
}

std::shared_ptr<LogRecord> make_acquire_record(const RecordPlace& place,
                                               const PartitionId& partition,
                                               std::uint64_t fence,
                                               std::uint64_t revision) {
    RecordWriter writer = begin(place, RecordKind::Acquire);
    writer.text(partition.str());
    writer.varint(fence);
    writer.varint(revision);
    return finish(std::move(writer), place);
}

std::shared_ptr<LogRecord> make_commit_record(const RecordPlace& place,
                                              const PartitionId& partition,
                                              std::uint64_t revision,
                                              const Commit& change) {
    RecordWriter writer = begin(place, RecordKind::Commit);
    writer.text(partition.str());
    writer.varint(change.fence);
    writer.varint(revision);
    writer.varint(change.writes.size());
    for (const Write& write : change.writes) {
        writer.u8(write.value ? kPut : kDelete);
        writer.text(write.stamped ? stamped_key(write, revision) : write.key);
        if (write.value) {
            writer.text(*write.value);
        }
    }
    return finish(std::move(writer), place);
}

std::shared_ptr<LogRecord> make_drop_record(const RecordPlace& place,
                                            const PartitionId& partition,
                                            std::uint64_t fence,
                                            std::uint64_t revision) {
    RecordWriter writer = begin(place, RecordKind::Drop);
    writer.text(partition.str());
    writer.varint(fence);
    writer.varint(revision);
    return finish(std::move(writer), place);
}

RecordHeader read_header(std::string_view bytes) {
    RecordReader reader(bytes);
    RecordHeader header;
    header.payload_bytes = reader.u32();
    header.crc = reader.u32();
    header.lsn = reader.u64();
    header.epoch = reader.u64();
    header.committed = reader.u64();
    CHECK(reader.ok());
    return header;
}

bool has_valid_crc(std::string_view bytes) {
    return crc_of(bytes) == read_header(bytes).crc;
}

Result<std::shared_ptr<LogRecord>> decode_record(std::string bytes, std::uint64_t position) {
    auto record = std::make_shared<LogRecord>();
    record->bytes = std::move(bytes);
    record->position = position;
    record->header = read_header(record->bytes);
    if (record->header.payload_bytes + kRecordHeaderBytes != record->bytes.size() ||
        !has_valid_crc(record->bytes)) {
        return fail(ErrorCode::Corrupt, fmt::format("the log record at {} is damaged", position));
    }
    TRY_VOID(parse_payload(*record));
    return record;
}

}  // namespace antipode::index
