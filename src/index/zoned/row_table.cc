#include "index/zoned/row_table.h"

#include <map>

#include "base/check.h"
#include "base/record.h"
#include "index/check_commit.h"

namespace antipode::index {

namespace {

// Rows start with the length of the partition's name (never 0), everything else with a zero byte.
constexpr std::string_view kAppliedKey("\0a", 2);
constexpr std::string_view kStatePrefix("\0p", 2);

std::string encode(const Applied& applied) {
    RecordWriter writer;
    writer.varint(applied.lsn);
    writer.varint(applied.position);
    writer.varint(applied.epoch);
    return writer.take();
}

std::string encode(const PartitionState& state) {
    RecordWriter writer;
    writer.varint(state.revision);
    writer.varint(state.fence);
    return writer.take();
}

std::string partition_prefix(std::string_view partition) {
    DCHECK(!partition.empty() && partition.size() <= kPartitionIdBytesMax);
    std::string key(1, static_cast<char>(static_cast<unsigned char>(partition.size())));
    return key.append(partition);
}

void add_rows(RowSink& sink, const LogRecord& record) {
    const std::string prefix = partition_prefix(record.partition);
    if (record.kind == RecordKind::Drop) {
        sink.remove_range(prefix, prefix_end(prefix));
    }
    for (const RowOp& op : record.ops) {
        if (op.is_delete) {
            sink.remove(prefix, op.key);
        } else {
            sink.put(prefix, op.key, op.value);
        }
    }
}

}  // namespace

std::string row_key(std::string_view partition, std::string_view key) {
    return partition_prefix(partition).append(key);
}

std::string partition_state_key(std::string_view partition) {
    return std::string(kStatePrefix).append(partition);
}

std::string_view applied_key() {
    return kAppliedKey;
}

Result<PartitionState> decode_partition_state(std::string_view value) {
    RecordReader reader(value);
    PartitionState state;
    state.revision = reader.varint();
    state.fence = reader.varint();
    TRY_VOID(reader.finish("the state of a partition"));
    return state;
}

Result<Applied> decode_applied(const std::optional<std::string>& value) {
    if (!value) {
        return Applied{};
    }
    RecordReader reader(*value);
    Applied applied;
    applied.lsn = reader.varint();
    applied.position = reader.varint();
    applied.epoch = reader.varint();
    TRY_VOID(reader.finish("the position in the commit log"));
    return applied;
}

std::string prefix_end(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xff') {
        prefix.pop_back();
    }
    if (!prefix.empty()) {
        prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    }
    return prefix;
}

void add_records(RowSink& sink, std::span<const std::shared_ptr<const LogRecord>> records) {
    std::map<std::string_view, PartitionState> states;
    for (const auto& record : records) {
        if (record->kind == RecordKind::Epoch) {
            continue;
        }
        states[record->partition] = {.revision = record->revision, .fence = record->fence};
        add_rows(sink, *record);
    }
    for (const auto& [partition, state] : states) {
        sink.put(kStatePrefix, partition, encode(state));
    }
    const LogRecord& last = *records.back();
    const Applied applied{.lsn = last.lsn(), .position = last.end(), .epoch = last.header.epoch};
    sink.put("", kAppliedKey, encode(applied));
}

}  // namespace antipode::index
