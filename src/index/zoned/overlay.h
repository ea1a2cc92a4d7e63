#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "index/zoned/log_record.h"
#include "index/zoned/row_table.h"

namespace antipode::index {

inline constexpr Lsn kNewest = std::numeric_limits<Lsn>::max();

/// What the overlay says of a key at some lsn.
struct Sight {
    enum class Kind : std::uint8_t { Base, Absent, Present };

    Kind kind = Kind::Base;  ///< Base: nothing here, the database decides.
    std::string_view
        value;    ///< When Present. Lives while the record that wrote it is in the queue.
    Lsn lsn = 0;  ///< Of the record that decided.
};

struct OverlayRow {
    const RowOp* op = nullptr;
    Lsn lsn = 0;
    std::shared_ptr<const LogRecord> record;  ///< Keeps `op` alive; set by the sequencer.
};

/// The rows of one partition that the databases may not have yet, every version of each, over what
/// was read of the partition's state. Guarded by its owner's mutex.
class PartitionOverlay {
  public:
    struct Version {
        Lsn lsn = 0;
        const RowOp* op = nullptr;  ///< Of the record, which is in the queue.
    };

    using Rows = std::map<std::string, std::vector<Version>, std::less<>>;

    explicit PartitionOverlay(PartitionState state)
        : revision(state.revision), committed_revision(state.revision), fence(state.fence) {}

    std::uint64_t revision;            ///< Of the last record in sequence.
    std::uint64_t committed_revision;  ///< Of the last acknowledged one.
    std::uint64_t fence;
    Lsn fence_lsn = 0;  ///< Of the acquire that gave the fence, 0 when it is long committed.

    /// Adds what `record` does; gives the places to remove it from again.
    std::vector<Rows::iterator> add(const LogRecord& record);
    /// Records leave in the order they came.
    void remove(const LogRecord& record, const std::vector<Rows::iterator>& places);

    /// The state of `key` after all records up to `visible`.
    [[nodiscard]] Sight look(std::string_view key, Lsn visible) const;

    /// Whether the whole partition was dropped by a record up to `visible`: the database has
    /// nothing to say then.
    [[nodiscard]] bool hides_base(Lsn visible) const { return last_drop(visible) != 0; }

    /// At most `limit` rows from `from` on (inclusive) that begin with `prefix` and that records up
    /// to `visible` wrote.
    [[nodiscard]] std::vector<OverlayRow> rows(std::string_view prefix,
                                               std::string_view from,
                                               Lsn visible,
                                               std::size_t limit) const;

  private:
    [[nodiscard]] Lsn last_drop(Lsn visible) const;
    static const Version* find(const std::vector<Version>& versions, Lsn visible);

    Rows rows_;
    std::deque<Lsn> drops_;
};

}  // namespace antipode::index
