#include "index/memory_store.h"

#include "index/check_commit.h"

namespace antipode::index {

Task<Result<std::uint64_t>> MemoryStore::acquire(PartitionId partition) {
    CO_TRY_VOID(check_partition(partition));
    const std::scoped_lock lock(mutex_);
    co_return ++partitions_[partition].fence;
}

Task<Result<std::uint64_t>> MemoryStore::commit(PartitionId partition, Commit change) {
    CO_TRY_VOID(check_commit(partition, change));
    co_return apply(partition, std::move(change));
}

Result<std::uint64_t> MemoryStore::apply(const PartitionId& partition, Commit change) {
    const std::scoped_lock lock(mutex_);
    const auto found = partitions_.find(partition);
    if (found == partitions_.end() || change.fence != found->second.fence) {
        return fail(ErrorCode::Fenced, "the partition has another owner");
    }
    Partition& state = found->second;
    for (const Guard& guard : change.guards) {
        const auto row = state.rows.find(guard.key);
        const bool holds = guard.expected
                               ? row != state.rows.end() && row->second == *guard.expected
                               : row == state.rows.end();
        if (!holds) {
            return fail(ErrorCode::Conflict, "a row is not what the commit expects");
        }
    }
    ++state.revision;
    for (Write& write : change.writes) {
        std::string key = stamped_key(write, state.revision);
        if (write.value) {
            state.rows.insert_or_assign(std::move(key), std::move(*write.value));
        } else {
            state.rows.erase(key);
        }
    }
    return state.revision;
}

Task<Result<std::vector<std::optional<std::string>>>> MemoryStore::get(
    PartitionId partition, std::vector<std::string> keys) {
    CO_TRY_VOID(check_partition(partition));
    std::vector<std::optional<std::string>> values(keys.size());
    const std::scoped_lock lock(mutex_);
    const auto found = partitions_.find(partition);
    for (std::size_t i = 0; found != partitions_.end() && i < keys.size(); ++i) {
        const auto row = found->second.rows.find(keys[i]);
        if (row != found->second.rows.end()) {
            values[i] = row->second;
        }
    }
    co_return values;
}

Task<Result<ScanPage>> MemoryStore::scan(PartitionId partition, ScanRange range) {
    CO_TRY_VOID(check_scan(partition, range));
    ScanPage page;
    const std::scoped_lock lock(mutex_);
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) {
        co_return page;
    }
    const auto& rows = found->second.rows;
    std::size_t bytes = 0;
    for (auto row = rows.lower_bound(scan_start(range)); row != rows.end(); ++row) {
        if (!row->first.starts_with(range.prefix)) {
            break;
        }
        if (row->first == range.after) {
            continue;
        }
        bytes += row->first.size() + row->second.size();
        if (page.rows.size() == range.limit || (!page.rows.empty() && bytes > range.bytes_max)) {
            page.is_truncated = true;
            break;
        }
        page.rows.push_back({row->first, row->second});
    }
    co_return page;
}

Task<Result<std::uint64_t>> MemoryStore::revision(PartitionId partition) {
    CO_TRY_VOID(check_partition(partition));
    const std::scoped_lock lock(mutex_);
    const auto found = partitions_.find(partition);
    co_return found == partitions_.end() ? 0 : found->second.revision;
}

Task<Result<void>> MemoryStore::drop(PartitionId partition, std::uint64_t fence) {
    CO_TRY_VOID(check_partition(partition));
    const std::scoped_lock lock(mutex_);
    const auto found = partitions_.find(partition);
    if (found == partitions_.end() || fence != found->second.fence) {
        co_return fail(ErrorCode::Fenced, "the partition has another owner");
    }
    found->second.rows.clear();
    co_return Result<void>();
}

}  // namespace antipode::index
