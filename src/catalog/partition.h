#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/change.h"
#include "catalog/hybrid_clock.h"
#include "index/index_store.h"
#include "runtime/key_locks.h"
#include "runtime/signal.h"
#include "runtime/task.h"

namespace antipode::catalog {

/// The rows of one bucket, opened for writing: this process owns it until someone else takes the
/// fence. Threads: any executor.
class Partition {
  public:
    static Task<Result<std::shared_ptr<Partition>>> open(index::IndexStore& index,
                                                         index::PartitionId id,
                                                         HybridClock& clock);

    Partition(index::IndexStore& index,
              index::PartitionId id,
              std::uint64_t fence,
              HybridClock& clock)
        : index_(index), id_(std::move(id)), fence_(fence), clock_(clock) {}

    /// A commit under way: its clock value is not passed by safe_time() until it ends.
    class Ticket {
      public:
        Ticket(Partition& partition, Hlc hlc) : partition_(&partition), hlc_(hlc) {}

        Ticket(Ticket&& other) noexcept
            : partition_(std::exchange(other.partition_, nullptr)), hlc_(other.hlc_) {}

        Ticket& operator=(Ticket&&) = delete;
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        ~Ticket();

        [[nodiscard]] Hlc hlc() const { return hlc_; }

      private:
        Partition* partition_;
        Hlc hlc_;
    };

    /// Takes a clock value after `after`.
    Ticket begin(Hlc after = 0);

    /// Writes the change row with the rest. Returns the revision.
    Task<Result<std::uint64_t>> commit(std::vector<index::Guard> guards,
                                       std::vector<index::Write> writes,
                                       std::optional<Change> change);

    Task<Result<std::optional<std::string>>> get(std::string key);
    Task<Result<std::vector<std::optional<std::string>>>> get_many(std::vector<std::string> keys);
    Task<Result<index::ScanPage>> scan(index::ScanRange range);

    Task<Result<std::uint64_t>> revision() { return index_.revision(id_); }

    /// Every commit that has ended or is still to come and has a clock value below it, has a
    /// revision at or below what revision() gives after this call.
    [[nodiscard]] Hlc safe_time();

    /// Change rows with revision > after, in order; dense in Put/Attributes/Purge/Other rows though
    /// revisions without a row exist (maintenance).
    Task<Result<std::vector<Change>>> read_changes(std::uint64_t after, std::size_t limit);

    /// Totals at the newest revision: folds what has been written since the last call.
    Task<Result<Totals>> totals();
    /// Saves totals and removes change rows at or below both them and `keep_after`. For
    /// maintenance.
    Task<Result<void>> checkpoint(std::uint64_t keep_after);

    [[nodiscard]] runtime::KeyLocks& key_locks() { return key_locks_; }

    /// Raised after every commit with a change row.
    [[nodiscard]] runtime::Signal& changed() { return changed_; }

    [[nodiscard]] const index::PartitionId& id() const { return id_; }

    [[nodiscard]] HybridClock& clock() { return clock_; }

    /// Drops all rows. The partition must not be used after.
    Task<Result<void>> drop() { return index_.drop(id_, fence_); }

  private:
    Task<Result<void>> load();
    Task<Result<void>> fold();

    index::IndexStore& index_;
    index::PartitionId id_;
    std::uint64_t fence_;
    HybridClock& clock_;
    runtime::KeyLocks key_locks_;
    runtime::KeyLocks totals_lock_;
    runtime::Signal changed_;
    Totals totals_;
    std::uint64_t trimmed_to_ = 0;

    std::mutex mutex_;
    std::multiset<Hlc> in_flight_;
};

}  // namespace antipode::catalog
