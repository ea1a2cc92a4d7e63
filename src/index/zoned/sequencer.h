#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "index/index_store.h"
#include "index/zoned/log_metrics.h"
#include "index/zoned/log_record.h"
#include "index/zoned/overlay.h"
#include "runtime/clock.h"
#include "runtime/disk_condition.h"
#include "runtime/one_shot.h"
#include "zone/zone_set.h"

namespace antipode::index {

/// What became of a record.
enum class Outcome : std::uint8_t { Committed, Unknown };

struct SequencerOptions {
    /// Bytes of records that some zone has not yet written and applied. Beyond it commits wait.
    std::size_t queue_bytes_max = 64 * 1024 * 1024;
    /// A commit that is not acknowledged after this long is answered with MaybeCommitted.
    runtime::Duration commit_max = std::chrono::seconds(10);
    /// New commits are refused while the oldest has been pending for so long.
    runtime::Duration stall_max = std::chrono::seconds(3);
};

/// Puts the commits of all partitions into one order and knows, for each, how far the zones are
/// with it: sequenced, durable in a zone, committed (durable in two), applied to the rows of a
/// zone. Holds the records that some zone still needs, and over them the newest rows for reads and
/// guards. Touches no disk and waits for none.
///
/// Threads: any. The threads of the zones block in take_to_write and take_to_apply.
class Sequencer : public std::enable_shared_from_this<Sequencer> {
  public:
    using Records = std::vector<std::shared_ptr<const LogRecord>>;
    using Waiter = runtime::OneShot<Outcome>;

    /// Everything up to `last` is committed, `position` is where the next record goes.
    Sequencer(SequencerOptions options, const Applied& last, std::uint64_t epoch);

    // --- Zones ---

    /// From now on the zone takes records behind `last`, which it has written and applied. False
    /// when the queue does not go back so far. Gives the number by which the zone's threads are
    /// known until it is detached.
    bool attach(std::size_t zone, Lsn last, std::uint64_t* incarnation);
    /// The zone holds every record: what is durable there counts.
    void count(std::size_t zone);
    void detach(std::size_t zone);
    /// Zones that count, and zones that are attached.
    [[nodiscard]] std::size_t counting() const;
    [[nodiscard]] bool is_attached(std::size_t zone) const;
    [[nodiscard]] bool is_counting(std::size_t zone) const;

    /// Waits for records to write, at most about `bytes_max`; empty = stop.
    Records take_to_write(std::size_t zone, std::uint64_t incarnation, std::size_t bytes_max);
    void written(std::size_t zone, std::uint64_t incarnation, Lsn last);
    /// Waits for committed records that are durable in the zone's own log; empty = stop.
    Records take_to_apply(std::size_t zone, std::uint64_t incarnation, std::size_t bytes_max);
    void applied(std::size_t zone, std::uint64_t incarnation, Lsn last);

    /// A zone that holds up the queue while the other two keep pace.
    [[nodiscard]] std::optional<std::size_t> laggard() const;
    /// Answers what has waited too long. Called a few times a second.
    void tick();
    /// Ends all waiting. What is not acknowledged is answered with Unknown.
    void stop();

    struct Progress {
        Lsn committed = 0;
        Lsn durable = 0;
        Lsn applied = 0;
        std::uint64_t durable_position =
            0;  ///< End of the last record that is both committed and durable there.
        std::uint64_t tail = 0;
        std::uint64_t lag_bytes =
            0;  ///< From what is durable there, committed or not, to the tail.
    };

    [[nodiscard]] Progress progress(std::size_t zone) const;
    [[nodiscard]] Lsn committed() const;

    [[nodiscard]] LogMetrics& metrics() { return metrics_; }

    [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

    // --- Reads ---

    /// While it lives, rows of records behind lsn() stay in the overlay.
    class Pin {
      public:
        Pin() = default;

        Pin(std::shared_ptr<Sequencer> owner, Lsn lsn) : owner_(std::move(owner)), lsn_(lsn) {}

        Pin(Pin&& other) noexcept : owner_(std::move(other.owner_)), lsn_(other.lsn_) {}

        Pin& operator=(Pin&& other) noexcept;
        Pin(const Pin&) = delete;
        Pin& operator=(const Pin&) = delete;

        ~Pin() { release(); }

        [[nodiscard]] Lsn lsn() const { return lsn_; }

        void release();

      private:
        std::shared_ptr<Sequencer> owner_;
        Lsn lsn_ = 0;
    };

    Pin pin();

    /// For each key its committed value: from the overlay, or from `base` (as read under a pin that
    /// still lives).
    std::vector<std::optional<std::string>> resolve(
        const PartitionId& partition,
        const std::vector<std::string>& keys,
        std::vector<std::optional<std::string>> base) const;
    /// The committed values where the overlay alone knows them; empty when it does not know all.
    std::optional<std::vector<std::optional<std::string>>> resolve_here(
        const PartitionId& partition, const std::vector<std::string>& keys) const;

    struct OverlayPage {
        Lsn visible = 0;  ///< The state that rows are of; give it again for the next page.
        bool hides_base = false;
        bool is_last = false;  ///< No more rows of the prefix.
        std::vector<OverlayRow> rows;
    };

    OverlayPage overlay(const PartitionId& partition,
                        std::string_view prefix,
                        std::string_view from,
                        std::optional<Lsn> visible) const;

    // --- Commits ---

    [[nodiscard]] bool is_loaded(const PartitionId& partition) const;
    /// No effect when it is.
    void load(const PartitionId& partition, PartitionState state);
    [[nodiscard]] std::optional<std::uint64_t> committed_revision(
        const PartitionId& partition) const;

    /// Rows as the database has them, true while the pins live that they were read under.
    struct BaseRows {
        std::vector<Pin> pins;
        std::map<std::string, std::optional<std::string>, std::less<>> rows;
    };

    struct Attempt {
        enum class Kind : std::uint8_t {
            Sequenced,  ///< `wait` tells the outcome.
            Refused,    ///< With `refusal`, once `wait` (when there is one) has told that what
                        ///< refused it is committed.
            NeedsPartition,
            NeedsRows,  ///< Read `keys` under `pin` and try again.
            NoRoom,     ///< Try again after `room`.
        };
        Kind kind = Kind::Refused;
        Error refusal;
        std::optional<Waiter> wait;
        std::optional<runtime::OneShot<bool>> room;
        std::vector<std::string> keys;
        Pin pin;
        std::uint64_t number = 0;  ///< Revision or fence.
    };

    /// A commit that comes with pins was let in before: it is not told NoRoom, for there is no room
    /// before its pins are gone.
    Attempt commit(const PartitionId& partition, const Commit& change, const BaseRows& base);
    Attempt acquire(const PartitionId& partition);
    Attempt drop(const PartitionId& partition, std::uint64_t fence);
    /// Marks the start of this epoch in the log.
    Attempt begin_epoch();

  private:
    struct Sequenced {
        std::shared_ptr<const LogRecord> record;
        PartitionOverlay* partition = nullptr;
        std::vector<PartitionOverlay::Rows::iterator> places;
        std::vector<Waiter> waiters;
        runtime::Instant since;
    };

    struct ZoneProgress {
        bool is_attached = false;
        bool counts = false;
        std::uint64_t incarnation = 0;
        Lsn durable = 0;
        Lsn applied = 0;
        std::uint64_t durable_end = 0;  ///< Position behind `durable`.
        runtime::DiskCondition to_write;
        runtime::DiskCondition to_apply;
    };

    /// Sent when it goes, after the lock: declare it before the lock.
    struct Answers {
        std::vector<std::pair<Waiter, Outcome>> outcomes;
        std::vector<runtime::OneShot<bool>> room;
        Answers() = default;
        Answers(const Answers&) = delete;
        Answers& operator=(const Answers&) = delete;
        ~Answers();
    };

    [[nodiscard]] bool is_current(std::size_t zone, std::uint64_t incarnation) const;

    [[nodiscard]] Lsn tail_lsn() const { return front_ + queue_.size() - 1; }

    Records collect(Lsn after, Lsn up_to, std::size_t bytes_max) const;
    [[nodiscard]] std::size_t counting_locked() const;
    void advance(Answers& answers);
    void trim(Answers& answers);
    void notify_appliers();
    [[nodiscard]] std::optional<Attempt> refuse() const;
    std::optional<Attempt> refuse_or_wait_for_room();
    [[nodiscard]] RecordPlace next_place() const;
    Waiter append(std::shared_ptr<const LogRecord> record, PartitionOverlay* partition);
    std::optional<Waiter> wait_for(Lsn lsn);
    [[nodiscard]] std::uint64_t position_behind(Lsn lsn) const;
    Attempt refused_after(ErrorCode code, std::string message, Lsn decided_by);
    std::optional<Attempt> check_fence(const PartitionOverlay& state, std::uint64_t fence);
    PartitionOverlay* find(const PartitionId& partition) const;
    void unpin(Lsn lsn);

    const SequencerOptions options_;
    const std::uint64_t epoch_;
    LogMetrics metrics_;

    mutable std::mutex mutex_;
    std::array<ZoneProgress, zone::kZones> zones_;
    std::deque<Sequenced> queue_;
    Lsn front_;  // Of queue_.front(), or of the next record.
    Lsn committed_;
    std::uint64_t committed_position_;
    std::uint64_t tail_;  // Position of the next record.
    std::size_t queue_bytes_ = 0;
    std::multiset<Lsn> pins_;
    std::unordered_map<PartitionId, std::unique_ptr<PartitionOverlay>> partitions_;
    std::vector<runtime::OneShot<bool>> waiting_for_room_;
    bool is_stopping_ = false;
    bool is_stalled_ = false;
};

}  // namespace antipode::index
