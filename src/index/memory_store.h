#pragma once

#include <map>
#include <mutex>
#include <unordered_map>

#include "index/index_store.h"

namespace antipode::index {

/// The reference: all rows in memory, nothing kept. What the door means, in the fewest lines; for
/// tests (which make parts of it fail) and for sim/.
class MemoryStore : public IndexStore {
  public:
    Task<Result<std::uint64_t>> acquire(PartitionId partition) override;
    Task<Result<std::uint64_t>> commit(PartitionId partition, Commit change) override;
    Task<Result<std::vector<std::optional<std::string>>>> get(
        PartitionId partition, std::vector<std::string> keys) override;
    Task<Result<ScanPage>> scan(PartitionId partition, ScanRange range) override;
    Task<Result<std::uint64_t>> revision(PartitionId partition) override;
    Task<Result<void>> drop(PartitionId partition, std::uint64_t fence) override;

  private:
    struct Partition {
        std::uint64_t fence = 0;
        std::uint64_t revision = 0;
        std::map<std::string, std::string, std::less<>> rows;
    };

    Result<std::uint64_t> apply(const PartitionId& partition, Commit change);

    std::mutex mutex_;
    std::unordered_map<PartitionId, Partition> partitions_;
};

}  // namespace antipode::index
