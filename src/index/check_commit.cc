#include "index/check_commit.h"

#include <fmt/format.h>

#include "base/record.h"

namespace antipode::index {

namespace {

Result<void> check_key(std::string_view key, std::size_t extra) {
    if (key.empty()) {
        return fail(ErrorCode::InvalidArgument, "a row key must not be empty");
    }
    if (key.size() + extra > kKeyBytesMax) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format(
                "a row key of {} bytes is longer than {}", key.size() + extra, kKeyBytesMax));
    }
    return {};
}

Result<void> check_value(std::string_view value) {
    if (value.empty()) {
        return fail(ErrorCode::InvalidArgument, "a row value must not be empty");
    }
    if (value.size() > kValueBytesMax) {
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("a row value of {} bytes is longer than {}", value.size(), kValueBytesMax));
    }
    return {};
}

}  // namespace

Result<void> check_partition(const PartitionId& partition) {
    if (partition.empty() || partition.str().size() > kPartitionIdBytesMax) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("a partition id has 1 to {} bytes, not {}",
                                kPartitionIdBytesMax,
                                partition.str().size()));
    }
    return {};
}

Result<void> check_commit(const PartitionId& partition, const Commit& change) {
    TRY_VOID(check_partition(partition));
    std::size_t total = 0;
    for (const Guard& guard : change.guards) {
        TRY_VOID(check_key(guard.key, 0));
        total += guard.key.size();
        if (guard.expected) {
            TRY_VOID(check_value(*guard.expected));
            total += guard.expected->size();
        }
    }
    for (const Write& write : change.writes) {
        TRY_VOID(check_key(write.key, write.stamped ? kStampBytes : 0));
        if (write.stamped && !write.value) {
            return fail(ErrorCode::InvalidArgument, "a stamped write needs a value");
        }
        total += write.key.size();
        if (write.value) {
            TRY_VOID(check_value(*write.value));
            total += write.value->size();
        }
    }
    if (total > kCommitBytesMax) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("a commit of {} bytes is larger than {}", total, kCommitBytesMax));
    }
    return {};
}

Result<void> check_scan(const PartitionId& partition, const ScanRange& range) {
    TRY_VOID(check_partition(partition));
    if (range.limit == 0) {
        return fail(ErrorCode::InvalidArgument, "a scan needs a limit of at least one row");
    }
    return {};
}

std::string stamped_key(const Write& write, std::uint64_t revision) {
    return write.stamped ? write.key + big_endian(revision) : write.key;
}

std::string_view scan_start(const ScanRange& range) {
    return range.after > range.prefix ? std::string_view(range.after)
                                      : std::string_view(range.prefix);
}

}  // namespace antipode::index
