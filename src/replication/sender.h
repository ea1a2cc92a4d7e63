#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/version_table.h"
#include "object/replica_service.h"
#include "replication/announced.h"
#include "replication/cursor_table.h"
#include "replication/limits.h"
#include "replication/packing.h"
#include "replication/peer_client.h"
#include "replication/replication_admin.h"
#include "replication/rule_service.h"
#include "replication/throttle.h"
#include "runtime/signal.h"
#include "runtime/task_group.h"

namespace antipode::replication {

struct SenderPlace {
    runtime::Executor* executor = nullptr;
    runtime::Network* network = nullptr;
    Throttles throttles;  ///< With the link's; the rule's is its own.
};

/// Brings one rule's changes to its destination. All of it runs on one executor; status() may be
/// asked from any thread.
///
/// Reads the log behind the cursor, keeps at most kWindow operations unconfirmed, several batches
/// in flight. The cursor moves over a contiguous prefix of confirmed changes; what the destination
/// refuses goes to the durable exception set and is tried again. A destination that does not answer
/// stops reading: the backlog stays in the log (promise 11).
class Sender {
  public:
    Sender(std::shared_ptr<catalog::OpenBucket> bucket,
           ReplicationRule rule,
           PeerAddress peer,
           catalog::Catalog& catalog,
           object::ReplicaService& replicas,
           const LinkSecret& secret,
           SenderPlace place);

    void start();
    /// Ends everything in flight (it may or may not have arrived; it will be sent again) and saves
    /// the cursor.
    Task<void> stop();

    /// Any thread; without what has not been read yet (count_unread).
    [[nodiscard]] RuleStatus status() const;

    /// Matching changes behind what has been read.
    struct Unread {
        std::uint64_t operations = 0;
        std::uint64_t bytes = 0;
        std::int64_t oldest_ms = 0;  ///< 0 = none.
    };

    /// Any executor.
    Task<Result<Unread>> count_unread();
    /// Commit time of the first of them, without a look at the others; 0 = none nearby.
    Task<Result<std::int64_t>> oldest_unread_ms();

    /// What has become of a version (or of its removal) that matches the rule (explain.cc). Any
    /// executor.
    struct Subject {
        std::string key;
        std::optional<VersionOrder> order;  ///< Nothing = whichever (removals only).
        bool is_null = false;
        bool is_removal = false;
        /// When it was last changed; decides whether it is history.
        Hlc changed = 0;
    };

    Task<Result<VersionState>> state_of(Subject subject);
    /// Everything up to the revision is confirmed and history is done. Any thread.
    [[nodiscard]] bool is_beyond(std::uint64_t revision) const;
    [[nodiscard]] std::uint64_t cursor_revision() const;
    /// Makes exceptions due now. Any thread.
    void retry_now(std::string key);
    [[nodiscard]] std::vector<ReplicationException> exceptions() const;
    /// Key and version id of what the rule does not replicate for its encryption.
    [[nodiscard]] std::set<std::pair<std::string, std::string>> excluded() const;
    /// Of a version that the rule takes; nothing when it was there before a rule without history.
    [[nodiscard]] std::optional<Delivery> delivery_of(const ObjectVersion& version) const;
    /// Makes differences that a comparison found exceptions that are due now: they are sent until
    /// the destination has confirmed them, also after a restart. Any executor.
    Task<Result<void>> mend(std::vector<Difference> differences);

    /// Any thread.
    void set_limits(const RuleLimits& limits);
    [[nodiscard]] RuleLimits limits() const;

    [[nodiscard]] const ReplicationRule& rule() const { return rule_; }

    [[nodiscard]] const std::shared_ptr<catalog::OpenBucket>& bucket() const { return bucket_; }

    [[nodiscard]] const PeerAddress& peer() const { return peer_address_; }

    [[nodiscard]] RuleHeader header() const;

  private:
    /// A change on its way.
    struct Pending {
        std::uint64_t revision = 0;  ///< 0 = history or an exception.
        Hlc committed = 0;
        Operation operation;
        std::optional<ReplicationException> retried;
        std::uint64_t history_unit = 0;  ///< Of history.
    };

    using Batch = std::vector<Pending>;

    /// A batch of the walk. The walk's place moves over a contiguous prefix of settled ones.
    struct HistoryUnit {
        catalog::VersionPlace end;
        std::size_t open = 0;  ///< Versions that are not settled yet.
        /// Those that are, or need not be. The cursor counts them when its place is behind them, so
        /// that a walk that goes on after a restart counts none twice.
        std::uint64_t copied = 0;
        bool is_last = false;
    };

    struct Sending;

    Task<void> run();
    Task<void> connect();
    Task<void> load_limits();
    [[nodiscard]] std::size_t batch_bytes_max() const;
    [[nodiscard]] std::uint64_t small_bytes_max() const;
    Task<void> read_log();
    Task<void> walk_history();
    Task<void> tick();

    /// How far the destination was told what is coming.
    struct AnnouncePlace {
        std::uint64_t told_to = 0;
        std::int64_t known_to_ms = 0;
        std::uint64_t failed_told = 0;
    };

    Task<void> announce();
    Task<Result<bool>> announce_page(AnnouncePlace& place);
    [[nodiscard]] std::vector<Announced> announced_of(
        const std::vector<catalog::Change>& changes) const;
    void add_failed(Announcement& announcement, std::uint64_t& told) const;
    Task<void> count_history();
    [[nodiscard]] bool is_history_counted();
    Task<Result<bool>> walk_page(catalog::VersionPlace& place);
    void send_unit(Batch batch, HistoryUnit unit);
    void advance_history();
    Task<void> wait_for_history_room();
    Task<Result<bool>> read_page();

    Task<Result<std::optional<Pending>>> make_pending(const catalog::Change& change);
    /// Nothing when the version is gone (a later change says so).
    Task<Result<std::optional<Operation>>> make_put(std::string key,
                                                    VersionOrder order,
                                                    bool is_null,
                                                    std::uint64_t revision);
    Task<Result<std::optional<Operation>>> put_of(catalog::StoredVersion stored,
                                                  std::uint64_t revision);
    Task<Result<bool>> is_still_there(const catalog::StoredVersion& stored);
    Task<Result<void>> add_body(Operation& operation, const catalog::StoredVersion& stored);
    void take(Pending pending);
    void flush();
    Task<void> send(Batch batch, std::size_t bytes);
    Task<void> send_rest(Batch batch);
    Task<void> transfer(Pending pending);
    Task<Result<void>> transfer_chunks(const Operation& operation, std::string transfer_id);
    Task<Result<void>> send_chunk(std::shared_ptr<Sending> sending,
                                  object::Chunk chunk,
                                  std::uint64_t offset,
                                  bool is_to_be_packed);
    Task<Result<void>> put_chunk(std::shared_ptr<Sending> sending,
                                 object::Chunk chunk,
                                 Bytes bytes,
                                 bool is_packed);
    [[nodiscard]] bool may_reuse() const;
    Task<Result<bool>> offer_chunk(std::shared_ptr<Sending> sending,
                                   object::Chunk chunk,
                                   ByteView bytes,
                                   std::uint64_t basis_offset);
    [[nodiscard]] bool may_pack() const;
    Task<PeerClient::Body> pack_batch(std::string body);
    /// The peer's answer, however long it takes; nothing when the sender stops or is fenced.
    Task<std::optional<std::vector<OperationReply>>> apply_until_answered(const Batch& batch);
    Task<void> settle(Pending pending, OperationReply reply);
    bool forget(const ReplicationException& exception);
    bool remember(ReplicationException& exception, bool is_retry);
    Task<bool> write_down(ReplicationException exception);
    /// Under the mutex: the one that is remembered in the same row.
    std::vector<ReplicationException>::iterator find_row(const ReplicationException& exception);
    void confirm(const Pending& pending);
    void advance();
    void note_failure(const Error& error);
    void note_success(std::uint64_t operations, std::uint64_t bytes, std::uint64_t wire_bytes);
    Task<void> retry_due();
    Task<void> save_progress();
    [[nodiscard]] RuleCursor progress_to_save() const;
    void measure_rate();
    Task<void> wait_for_room(std::size_t limit);
    [[nodiscard]] std::size_t batches_at_once() const;
    [[nodiscard]] std::size_t batch_bytes_now() const;
    void note_round_trip(runtime::Duration taken);
    Task<void> yield_to_realtime();
    Task<bool> pause(runtime::Duration delay);
    [[nodiscard]] bool wants(const catalog::Change& change) const;
    [[nodiscard]] bool takes(const catalog::StoredVersion& stored) const;
    [[nodiscard]] bool is_history(const catalog::StoredVersion& stored) const;
    [[nodiscard]] std::optional<VersionState> failed_state(const Subject& subject) const;
    [[nodiscard]] std::optional<VersionState> log_state(
        const std::vector<catalog::Change>& changes) const;
    [[nodiscard]] VersionState settled_state(const Subject& subject) const;

    [[nodiscard]] catalog::Partition& partition() const { return bucket_->partition(); }

    std::shared_ptr<catalog::OpenBucket> bucket_;
    ReplicationRule rule_;
    PeerAddress peer_address_;
    catalog::Catalog& catalog_;
    object::ReplicaService& replicas_;
    const LinkSecret& secret_;
    SenderPlace place_;
    std::unique_ptr<PeerClient> peer_;
    runtime::TaskGroup tasks_;
    runtime::Signal progress_;  ///< Something was confirmed, or the sender stops.
    bool is_stopping_ = false;

    // On the executor only.
    Batch filling_;
    std::size_t filling_bytes_ = 0;
    std::size_t batches_in_flight_ = 0;
    std::size_t transfers_in_flight_ = 0;     ///< Waiting or active.
    std::set<std::string> active_transfers_;  ///< Their ids.
    std::uint64_t logged_to_ = 0;  ///< The newest change row that was read, wanted or not.

    struct Sample {
        runtime::Instant at;
        std::uint64_t operations = 0;
        std::uint64_t bytes = 0;
    };

    std::deque<Sample> samples_;
    std::size_t bytes_in_flight_ = 0;  ///< Of batches of the log.
    Packer batch_packer_;
    /// About the shortest time in which a batch is answered: how far away the destination is.
    runtime::Duration round_trip_ = runtime::Duration::zero();

    // Shared with status().
    mutable std::mutex mutex_;
    RuleCursor cursor_;
    RuleCursor saved_;
    RuleCursor resumed_;  ///< As it was found at the start: what it has is not sent again.
    RuleLimits limits_;
    double operations_per_second_ = 0;
    double bytes_per_second_ = 0;
    std::uint64_t read_to_ = 0;
    std::uint64_t head_ = 0;
    /// Unconfirmed changes of the log: revision -> (commit clock, bytes).
    std::map<std::uint64_t, std::pair<Hlc, std::uint64_t>> unconfirmed_;

    std::map<std::uint64_t, HistoryUnit> history_units_;
    std::uint64_t next_history_unit_ = 1;
    std::size_t history_in_flight_ = 0;

    struct Mark {
        Hlc safe = 0;
        std::uint64_t head = 0;
    };

    /// "All commits before `safe` have revisions at or below `head`."
    std::deque<Mark> marks_;
    Hlc recovery_point_ = 0;
    std::vector<ReplicationException> exceptions_;
    std::uint64_t exceptions_stamp_ = 1;  ///< Grows whenever they change.
    bool is_reachable_ = false;
    bool is_fenced_ = false;
    std::string last_error_;
    std::uint64_t operations_sent_ = 0;
    std::uint64_t bytes_sent_ = 0;
    std::uint64_t wire_bytes_sent_ = 0;
    std::deque<double> lags_ms_;
};

}  // namespace antipode::replication
