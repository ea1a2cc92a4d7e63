#include "replication/sender.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/mutant.h"
#include "catalog/version_table.h"
#include "replication/rule_checks.h"
#include "runtime/read_text.h"
#include "runtime/sleep.h"

namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

/// Operations read from the log and not yet confirmed.
constexpr std::size_t kWindow = 8192;
/// On a short line few batches go at once, and fill up meanwhile; on a long one a change waits for
/// none of those before it. Small batches also keep a lost packet from delaying many changes.
constexpr std::size_t kBatchesAtOnceMin = 4;
constexpr std::size_t kBatchesAtOnceMax = 192;
constexpr runtime::Duration kRoundTripPerBatch = 1ms;
/// While there is room for more batches on a long line, each change goes on its own: a lost packet
/// delays one of them, and what is sent fits into what an idle connection may send at once (ten
/// segments, RFC 6928) instead of waiting a round trip for the rest.
constexpr runtime::Duration kLongLine = 20ms;
constexpr std::size_t kLoneBytes = 4096;
constexpr std::size_t kBytesInFlight = 32 * 1024 * 1024;
constexpr std::size_t kLogPage = 512;
/// What an operation weighs beside its body, about.
constexpr std::size_t kOperationBytes = 256;
constexpr std::size_t kMarksMax = 4096;
constexpr std::size_t kLagsKept = 4096;
constexpr runtime::Duration kHeartbeat = 100ms;
constexpr runtime::Duration kTick = 250ms;
constexpr runtime::Duration kPauseMax = 3s;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

/// Only when planted: the page has another change that is taken to speak for this one.
bool is_squashed(const std::vector<catalog::Change>& page, const catalog::Change& change) {
    const bool may_be = is_planted(Mutant::SquashByKey) || is_planted(Mutant::CursorIsATime) ||
                        is_planted(Mutant::SquashDropsTheCreate);
    return may_be && std::ranges::any_of(page, [&change](const catalog::Change& other) {
               const bool is_later = other.revision > change.revision;
               return (is_planted(Mutant::SquashByKey) && is_later && other.key == change.key) ||
                      (is_planted(Mutant::SquashDropsTheCreate) && is_later &&
                       other.key == change.key && other.order == change.order &&
                       other.kind == catalog::ChangeKind::Attributes) ||
                      (is_planted(Mutant::CursorIsATime) && !is_later && &other != &change &&
                       other.committed >= change.committed);
           });
}

}  // namespace

Sender::Sender(std::shared_ptr<catalog::OpenBucket> bucket,
               ReplicationRule rule,
               PeerAddress peer,
               catalog::Catalog& catalog,
               object::ReplicaService& replicas,
               const LinkSecret& secret,
               SenderPlace place)
    : bucket_(std::move(bucket)),
      rule_(std::move(rule)),
      peer_address_(std::move(peer)),
      catalog_(catalog),
      replicas_(replicas),
      secret_(secret),
      place_(place) {
    if (rule_.transfer == TransferType::OssAcc) {
        // It takes losses for what they are on a long line: chance, not congestion.
        peer_address_.congestion = "bbr";
    }
}

RuleHeader Sender::header() const {
    return {.source_region = catalog_.region(),
            .source_bucket = bucket_->config()->name.str(),
            .target_bucket = rule_.target_bucket.str(),
            .rule_id = rule_.id,
            .epoch = rule_.epoch};
}

void Sender::start() {
    tasks_.spawn(*place_.executor, run());
}

Task<void> Sender::stop() {
    runtime::Executor& home = runtime::Executor::current();
    co_await runtime::resume_on(*place_.executor);
    is_stopping_ = true;
    place_.throttles.end();
    progress_.raise();
    partition().changed().raise();
    if (peer_) {
        peer_->close();
    }
    co_await tasks_.join();
    peer_.reset();
    co_await runtime::resume_on(home);
}

/// Sleeps unless the sender stops; true = go on.
Task<bool> Sender::pause(runtime::Duration delay) {
    const runtime::Instant end = place_.executor->now() + delay;
    while (!is_stopping_ && place_.executor->now() < end) {
        co_await progress_.wait_beyond(progress_.count(), end - place_.executor->now());
    }
    co_return !is_stopping_;
}

Task<void> Sender::run() {
    peer_ =
        std::make_unique<PeerClient>(peer_address_, catalog_.region(), secret_, *place_.network);
    measure_rate();
    co_await load_limits();
    co_await connect();
    if (is_stopping_ || is_fenced_) {
        co_return;
    }
    tasks_.spawn(read_log());
    tasks_.spawn(count_history());
    tasks_.spawn(walk_history());
    tasks_.spawn(tick());
    tasks_.spawn(announce());
}

/// Loads the cursor and opens the rule at the destination; only then is it in force.
Task<void> Sender::connect() {
    runtime::Duration delay = 100ms;
    while (!is_stopping_) {
        auto cursor = co_await load_cursor(partition(), rule_.id);
        auto exceptions = co_await load_exceptions(partition(), rule_.id);
        if (is_planted(Mutant::FormerCursorIsNone) && cursor && *cursor) {
            const auto head = co_await partition().revision();
            (*cursor)->revision = (*cursor)->read_to = head.value_or(0);
            (*cursor)->open.clear();
        }
        if (cursor && exceptions) {
            const std::scoped_lock lock(mutex_);
            cursor_ = cursor->value_or(
                RuleCursor{.epoch = rule_.epoch, .revision = rule_.start_revision});
            cursor_.history_done = cursor_.history_done || !rule_.history;
            if (is_planted(Mutant::WayBackHasNoHistory) && !bucket_->config()->incoming.empty()) {
                cursor_.history_done = true;
            }
            read_to_ = cursor_.revision;
            resumed_ = cursor_;
            exceptions_ = std::move(*exceptions);
            break;
        }
        note_failure(cursor ? exceptions.error() : cursor.error());
        co_await pause(delay);
    }
    while (!is_stopping_) {
        const auto config = bucket_->config();
        RuleNotice notice{.rule = header(),
                          .is_closing = false,
                          .owner = config->owner.str(),
                          .versioning = config->versioning,
                          .wants_acceleration = rule_.transfer == TransferType::OssAcc,
                          .floor = rule_floor(*config, rule_)};
        const runtime::Instant begin = place_.executor->now();
        const auto sent = co_await peer_->send_notice(std::move(notice));
        if (sent) {
            note_round_trip(place_.executor->now() - begin);
            note_success(0, 0, 0);
            const std::string id = rule_.id;
            const std::uint64_t epoch = rule_.epoch;
            static_cast<void>(co_await catalog_.change_bucket(
                *bucket_, [&id, epoch](Bucket& bucket) -> Result<void> {
                    for (ReplicationRule& rule : bucket.rules) {
                        if (rule.id == id && rule.epoch == epoch &&
                            rule.status == ReplicationStatus::Starting) {
                            rule.status = ReplicationStatus::Doing;
                        }
                    }
                    return {};
                }));
            co_return;
        }
        note_failure(sent.error());
        if (is_fenced_) {
            co_return;
        }
        co_await pause(delay);
        delay = std::min(delay * 2, runtime::Duration(kPauseMax));
    }
}

bool Sender::wants(const catalog::Change& change) const {
    const bool is_replica = !change.arrived_from.empty() && !is_planted(Mutant::ReplicasAreSentOn);
    if (is_replica || !matches_prefix(rule_, change.key)) {
        return false;
    }
    switch (change.kind) {
        case catalog::ChangeKind::Put:
        case catalog::ChangeKind::Attributes:
            // Tags and other rules are looked at with the version.
            return (rule_.actions & kReplicatePut) != 0 &&
                   (!change.is_delete_marker || (rule_.delete_markers && rule_.tags.empty()));
        case catalog::ChangeKind::Purge:
            return (rule_.actions & kReplicateDelete) != 0;
        case catalog::ChangeKind::Other:
            return false;
    }
    return false;
}

/// What the change alone does not tell: tags, priorities between rules, and where the version came
/// from.
bool Sender::takes(const catalog::StoredVersion& stored) const {
    if (is_planted(Mutant::NullsOfVersionedStay) && stored.version.is_null &&
        bucket_->config()->versioning != Versioning::Unversioned) {
        return false;
    }
    return takes_version(rule_, stored.version) &&
           !is_outranked(rule_, bucket_->config()->rules, stored.version) &&
           (stored.arrived_from.empty() || rule_.replica_modifications);
}

Task<void> Sender::read_log() {
    while (!is_stopping_ && !is_fenced_) {
        const std::uint64_t seen = partition().changed().count();
        const auto more = co_await read_page();
        if (!more) {
            note_failure(more.error());
            co_await pause(200ms);
        } else if (!*more) {
            co_await partition().changed().wait_beyond(seen, kHeartbeat);
        }
    }
}

/// One page of the log; false when there was nothing new.
Task<Result<bool>> Sender::read_page() {
    const Hlc safe = partition().safe_time();
    CO_TRY(const std::uint64_t head, co_await partition().revision());
    {
        const std::scoped_lock lock(mutex_);
        const bool is_idle = is_planted(Mutant::LagGrowsWhenIdle) && head == head_;
        head_ = head;
        // Coalesced when many wait: a mark in the middle may go, the last one may not be moved
        // forward in time.
        if (marks_.size() < kMarksMax && !is_idle) {
            marks_.push_back({.safe = safe, .head = head});
        }
    }
    const std::uint64_t after = read_to_;
    CO_TRY(const auto changes, co_await partition().read_changes(after, kLogPage));
    for (const catalog::Change& change : changes) {
        if (is_stopping_) {
            co_return false;
        }
        std::optional<Pending> pending;
        const bool is_dropped =
            is_squashed(changes, change) ||
            (is_planted(Mutant::QueueOverflowDrops) && batches_in_flight_ >= batches_at_once());
        if (wants(change) && !resumed_.has(change.revision) && !is_dropped) {
            co_await wait_for_room(kWindow);
            CO_TRY(pending, co_await make_pending(change));
        }
        {
            const std::scoped_lock lock(mutex_);
            logged_to_ = change.revision;
            read_to_ = change.revision;
            if (pending) {
                unconfirmed_.emplace(change.revision,
                                     std::pair(change.committed, change.size_bytes));
            }
        }
        if (pending) {
            take(std::move(*pending));
        }
    }
    flush();
    if (changes.size() < kLogPage) {
        const std::scoped_lock lock(mutex_);
        read_to_ = std::max(read_to_, head);
    }
    advance();
    co_return changes.size() == kLogPage;
}

Task<Result<std::optional<Sender::Pending>>> Sender::make_pending(const catalog::Change& change) {
    Pending pending{
        .revision = change.revision, .committed = change.committed, .operation = {}, .retried = {}};
    if (change.kind == catalog::ChangeKind::Purge) {
        pending.operation.kind = OperationKind::Purge;
        pending.operation.sequence = change.revision;
        pending.operation.version.key = change.key;
        pending.operation.version.order = change.order;
        pending.operation.version.is_null = change.is_null;
        co_return pending;
    }
    CO_TRY(auto operation,
           co_await make_put(change.key, change.order, change.is_null, change.revision));
    if (!operation) {
        co_return std::nullopt;
    }
    pending.operation = std::move(*operation);
    co_return pending;
}

Task<Result<std::optional<Operation>>> Sender::make_put(std::string key,
                                                        VersionOrder order,
                                                        bool is_null,
                                                        std::uint64_t revision) {
    std::optional<catalog::StoredVersion> stored;
    if (is_null) {
        CO_TRY(stored, co_await catalog::find_null_version(partition(), key));
    } else {
        CO_TRY(stored, co_await catalog::find_version(partition(), key, order));
    }
    // A null version with another order is a later change, which has a row of its own.
    if (!stored || stored->version.order != order || !takes(*stored)) {
        co_return std::nullopt;
    }
    co_return co_await put_of(std::move(*stored), revision);
}

/// As it was read, bytes and all; else a change of it follows.
Task<Result<bool>> Sender::is_still_there(const catalog::StoredVersion& stored) {
    std::optional<catalog::StoredVersion> now;
    if (stored.version.is_null) {
        CO_TRY(now, co_await catalog::find_null_version(partition(), stored.version.key));
    } else {
        CO_TRY(
            now,
            co_await catalog::find_version(partition(), stored.version.key, stored.version.order));
    }
    co_return now && now->version.order == stored.version.order && now->body == stored.body;
}

/// Nothing when it is gone. When its bytes cannot be read it goes without them: the transfer that
/// the destination then wants finds the same, and makes it an exception that holds up nobody.
Task<Result<std::optional<Operation>>> Sender::put_of(catalog::StoredVersion stored,
                                                      std::uint64_t revision) {
    Operation operation;
    operation.sequence = revision;
    operation.version = stored.version;
    if (is_planted(Mutant::MarkerTravelsAsPurge) && stored.version.is_delete_marker) {
        operation.kind = OperationKind::Purge;
        co_return operation;
    }
    operation.replica_kms_key = replica_key(rule_);
    const bool is_squash = is_planted(Mutant::SquashDropsTheCreate) &&
                           stored.version.attributes_order != stored.version.order;
    if (!stored.arrived_from.empty() || is_squash) {
        operation.kind = OperationKind::Update;
    }
    if (rule_.replica_class && !stored.version.is_delete_marker) {
        operation.version.attributes.storage_class = *rule_.replica_class;
    }
    if (stored.version.size_bytes <= small_bytes_max()) {
        auto added = co_await add_body(operation, stored);
        const bool is_blocked = !added && is_planted(Mutant::UnreadableBlocksTheRest);
        if (!added && (added.error().retryable() || is_blocked)) {
            co_return fail(added.error());
        }
        if (!added) {
            operation.body.clear();
            CO_TRY(const bool is_there, co_await is_still_there(stored));
            if (!is_there) {
                co_return std::nullopt;
            }
        }
    }
    co_return operation;
}

Task<Result<void>> Sender::add_body(Operation& operation, const catalog::StoredVersion& stored) {
    const ByteRange all{.offset = 0, .size = stored.version.size_bytes};
    const auto source = replicas_.read(bucket_, stored, all);
    CO_TRY(operation.body, co_await runtime::read_text(source.get(), all.size));
    operation.has_body = true;
    co_return Result<void>{};
}

void Sender::take(Pending pending) {
    filling_bytes_ +=
        pending.operation.body.size() + pending.operation.version.key.size() + kOperationBytes;
    filling_.push_back(std::move(pending));
    if (filling_.size() >= kBatchOperationsMax || filling_bytes_ >= batch_bytes_now()) {
        flush();
    }
}

std::size_t Sender::batch_bytes_now() const {
    const bool is_crowded = batches_in_flight_ >= batches_at_once() / 4 * 3;
    return round_trip_ >= kLongLine && !is_crowded ? kLoneBytes : batch_bytes_max();
}

void Sender::flush() {
    if (filling_.empty()) {
        return;
    }
    const std::size_t bytes = std::exchange(filling_bytes_, 0);
    ++batches_in_flight_;
    bytes_in_flight_ += bytes;
    tasks_.spawn(send(std::exchange(filling_, {}), bytes));
}

/// Room in the window and for another batch.
Task<void> Sender::wait_for_room(std::size_t limit) {
    while (!is_stopping_ && !is_fenced_) {
        const std::uint64_t seen = progress_.count();
        {
            const std::scoped_lock lock(mutex_);
            const bool is_held =
                is_planted(Mutant::LargeObjectHoldsTheLine) && transfers_in_flight_ > 0;
            if (!is_held && unconfirmed_.size() < limit && batches_in_flight_ < batches_at_once() &&
                bytes_in_flight_ < kBytesInFlight) {
                co_return;
            }
        }
        co_await progress_.wait_beyond(seen, 1s);
    }
}

std::size_t Sender::batches_at_once() const {
    const auto more = static_cast<std::size_t>(round_trip_ / kRoundTripPerBatch);
    return std::min(kBatchesAtOnceMin + more, kBatchesAtOnceMax);
}

/// Follows the shortest times at once and longer ones slowly: a busy destination answers late, a
/// far one never early.
void Sender::note_round_trip(runtime::Duration taken) {
    const bool is_first = round_trip_ == runtime::Duration::zero();
    round_trip_ =
        is_first || taken < round_trip_ ? taken : round_trip_ + ((taken - round_trip_) / 256);
}

Task<void> Sender::send(Batch batch, std::size_t bytes) {
    co_await send_rest(std::move(batch));
    --batches_in_flight_;
    bytes_in_flight_ -= bytes;
    progress_.raise();
}

Task<void> Sender::send_rest(Batch batch) {
    runtime::KeyLocks::Held held;
    if (is_planted(Mutant::SourceWaitsForDestination)) {
        held = co_await partition().key_locks().lock(batch.front().operation.version.key);
    }
    auto replies = co_await apply_until_answered(batch);
    if (!replies) {
        co_return;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        OperationReply& reply = (*replies)[i];
        if (reply.is_ok && reply.outcome == object::ReplicaOutcome::NeedsBody) {
            ++transfers_in_flight_;
            tasks_.spawn(transfer(std::move(batch[i])));
            continue;
        }
        co_await settle(std::move(batch[i]), std::move(reply));
    }
    advance();
}

Task<std::optional<std::vector<OperationReply>>> Sender::apply_until_answered(const Batch& batch) {
    runtime::Duration delay = 50ms;
    const bool is_history = batch.front().revision == 0 && !batch.front().retried;
    bool is_to_be_packed = may_pack();
    while (!is_stopping_ && !is_fenced_) {
        ApplyRequest request{.rule = header(), .operations = {}};
        std::uint64_t bytes = 0;
        for (const Pending& pending : batch) {
            request.operations.push_back(pending.operation);
            bytes += pending.operation.body.size();
        }
        PeerClient::Body body{.bytes = encode(request)};
        if (is_to_be_packed) {
            body = co_await pack_batch(std::move(body.bytes));
        }
        const bool is_packed = body.is_packed;
        const std::uint64_t wire_bytes = body.bytes.size();
        Throttle::Claim claim{
            .bytes = is_packed ? wire_bytes : bytes + batch.size() * kOperationBytes,
            .urgency = is_history ? Urgency::History : Urgency::Small,
            .priority = limits().priority,
            .is_over = {}};
        co_await place_.throttles.take(std::move(claim));
        const runtime::Instant begin = place_.executor->now();
        auto replies = co_await peer_->apply(std::move(body), batch.size());
        if (replies) {
            const runtime::Duration taken = place_.executor->now() - begin;
            note_round_trip(taken);
            batch_packer_.note_sent(wire_bytes, taken);
            note_success(batch.size(), bytes, wire_bytes);
            co_return std::move(*replies);
        }
        if (is_packed && is_refused_as_packed(replies.error())) {
            is_to_be_packed = false;
            continue;
        }
        note_failure(replies.error());
        if (is_planted(Mutant::GivesUpAfterThreeTries) && delay > 200ms) {
            co_return std::vector<OperationReply>(batch.size(), OperationReply{.is_ok = true});
        }
        if (is_planted(Mutant::FailedWaitForAScanner)) {
            delay = 16h;
        }
        co_await pause(delay);
        delay = std::min(delay * 2, runtime::Duration(kPauseMax));
    }
    co_return std::nullopt;
}

void Sender::confirm(const Pending& pending) {
    const double lag_ms = static_cast<double>(now_ms() - ms_from_hlc(pending.committed));
    const std::scoped_lock lock(mutex_);
    if (pending.revision != 0) {
        unconfirmed_.erase(pending.revision);
        lags_ms_.push_back(std::max(lag_ms, 0.0));
        if (lags_ms_.size() > kLagsKept) {
            lags_ms_.pop_front();
        }
        return;
    }
    if (!pending.retried) {
        --history_in_flight_;
        --history_units_.at(pending.history_unit).open;
        advance_history();
    }
}

/// Moves the cursor over the confirmed prefix, and the recovery point with it.
void Sender::advance() {
    {
        const std::scoped_lock lock(mutex_);
        const std::uint64_t upto =
            unconfirmed_.empty() ? read_to_ : unconfirmed_.begin()->first - 1;
        cursor_.revision = std::max(cursor_.revision, std::min(upto, read_to_));
        while (!marks_.empty() && (marks_.front().head <= cursor_.revision ||
                                   is_planted(Mutant::RecoveryPointRunsAhead))) {
            recovery_point_ = std::max(recovery_point_, marks_.front().safe);
            marks_.pop_front();
        }
    }
    progress_.raise();
}

/// Saves the cursor and tries due exceptions, several times a second.
Task<void> Sender::tick() {
    bool go_on = true;
    while (go_on) {
        go_on = co_await pause(kTick) && !is_fenced_;
        measure_rate();
        co_await save_progress();
        if (go_on) {
            co_await retry_due();
        }
    }
}

/// Under the mutex. What was known at the start and has not been read again yet is still known.
RuleCursor Sender::progress_to_save() const {
    RuleCursor cursor = cursor_;
    if (is_planted(Mutant::CursorRunsAhead)) {
        cursor.revision = cursor.read_to = read_to_;
        return cursor;
    }
    cursor.read_to = std::max({cursor.revision, read_to_, resumed_.read_to});
    cursor.open.clear();
    for (const auto& [revision, change] : unconfirmed_) {
        cursor.open.push_back(revision);
    }
    const auto unread = std::ranges::upper_bound(resumed_.open, read_to_);
    cursor.open.insert(cursor.open.end(), unread, resumed_.open.end());
    if (cursor.open.size() > kOpenMax) {
        cursor.read_to = cursor.open[kOpenMax] - 1;
        cursor.open.resize(kOpenMax);
    }
    return cursor;
}

/// A cursor row is itself a commit, which moves the head of the log that the cursor follows. So
/// only what lies behind a change is worth a save: an idle rule writes nothing.
Task<void> Sender::save_progress() {
    RuleCursor cursor;
    bool moved = false;
    {
        const std::scoped_lock lock(mutex_);
        cursor = progress_to_save();
        moved = (cursor.read_to > saved_.read_to && logged_to_ > saved_.read_to) ||
                cursor.open != saved_.open || cursor.history_copied != saved_.history_copied ||
                cursor.history_done != saved_.history_done ||
                cursor.history_key != saved_.history_key ||
                cursor.history_counted != saved_.history_counted;
    }
    if (moved && co_await save_cursor(partition(), rule_.id, cursor)) {
        const std::scoped_lock lock(mutex_);
        saved_ = cursor;
    }
}

}  // namespace antipode::replication
