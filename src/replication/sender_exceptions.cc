#include <algorithm>

#include <fmt/format.h>

#include "base/mutant.h"
#include "replication/sender.h"

// What the destination refuses or leaves out: kept in rows, tried again, and out of the way of what
// comes behind it.
namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr runtime::Duration kRowPause = 3s;
constexpr std::int64_t kNextTryMsMax = 300'000;

std::int64_t now_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

/// Of a null version only the last write counts, and only that is kept.
bool share_row(const ReplicationException& a, const ReplicationException& b) {
    if (is_planted(Mutant::NullVersionsShareASlot) && a.is_null && b.is_null) {
        return true;
    }
    return a.key == b.key && a.is_purge == b.is_purge && a.is_null == b.is_null &&
           (a.is_null || a.order == b.order);
}

}  // namespace

/// Done, or remembered as an exception: either way the head of the line is free (field-failures row
/// 29).
Task<void> Sender::settle(Pending pending, OperationReply reply) {
    const bool is_excluded = reply.is_ok && reply.outcome == object::ReplicaOutcome::Excluded;
    if (is_planted(Mutant::MarkerAnswerIsFailure) && pending.operation.version.is_delete_marker &&
        reply.outcome == object::ReplicaOutcome::AlreadyThere) {
        reply = {.is_ok = false, .outcome = {}, .code = ErrorCode::IsDeleteMarker, .reason = {}};
    }
    if (reply.is_ok && !is_excluded) {
        if (pending.retried && forget(*pending.retried)) {
            static_cast<void>(co_await remove_exception(partition(), rule_.id, *pending.retried));
        }
        {
            const std::scoped_lock lock(mutex_);
            if (pending.retried) {
                cursor_.history_copied += pending.retried->is_history ? 1 : 0;
            } else if (pending.revision == 0) {
                ++history_units_.at(pending.history_unit).copied;
            }
        }
        confirm(pending);
        co_return;
    }
    if (is_planted(Mutant::CursorPassesFailures)) {
        co_return confirm(pending);
    }
    if (is_planted(Mutant::RefusedBlocksTheRest)) {
        co_return;  // Unconfirmed for ever.
    }
    ReplicationException exception;
    if (pending.retried) {
        exception = *pending.retried;
    } else {
        exception.key = pending.operation.version.key;
        exception.order = pending.operation.version.order;
        exception.is_null = pending.operation.version.is_null;
        exception.is_purge = pending.operation.kind == OperationKind::Purge;
        exception.is_history = pending.revision == 0;
        exception.committed_ms = ms_from_hlc(pending.committed);
        exception.size_bytes = pending.operation.version.size_bytes;
    }
    exception.is_excluded = is_excluded;
    exception.reason =
        is_excluded ? reply.reason : fmt::format("{}: {}", name_of(reply.code), reply.reason);
    ++exception.tries;
    // What is excluded is asked for again too: the destination's default may change.
    exception.next_try_ms =
        now_ms() + (is_excluded ? kNextTryMsMax
                                : std::min<std::int64_t>(500LL << std::min(exception.tries, 10U),
                                                         kNextTryMsMax));
    if (remember(exception, pending.retried.has_value()) &&
        !co_await write_down(std::move(exception))) {
        co_return;  // Not durable: it stays unconfirmed, and the cursor behind it.
    }
    confirm(pending);
}

/// However long the bucket takes no writes. False: the sender ends first.
Task<bool> Sender::write_down(ReplicationException exception) {
    while (!is_stopping_) {
        const auto saved = co_await save_exception(partition(), rule_.id, exception);
        if (saved) {
            co_return true;
        }
        note_failure(saved.error());
        co_await pause(kRowPause);
        const std::scoped_lock lock(mutex_);
        const auto known = find_row(exception);
        if (known == exceptions_.end()) {
            co_return true;  // Settled meanwhile.
        }
        exception = *known;  // A newer one may have taken its place.
    }
    co_return false;
}

std::vector<ReplicationException>::iterator Sender::find_row(
    const ReplicationException& exception) {
    return std::ranges::find_if(exceptions_, [&exception](const ReplicationException& one) {
        return share_row(one, exception);
    });
}

/// Whether its row is to be removed; not when a newer one has it, nor when a later change of the
/// same version was refused while this try was under way: what arrived was read before it.
bool Sender::forget(const ReplicationException& exception) {
    const std::scoped_lock lock(mutex_);
    ++exceptions_stamp_;
    return std::erase_if(exceptions_, [&exception](const ReplicationException& one) {
               const bool is_as_tried = one.next_try_ms == exception.next_try_ms ||
                                        is_planted(Mutant::OldTryForgetsNewRefusal);
               return share_row(one, exception) && one.order == exception.order && is_as_tried;
           }) > 0;
}

/// Whether its row is to be written; not when it was tried again and a newer one has taken its
/// place. Rows are written in the order in which this is asked.
bool Sender::remember(ReplicationException& exception, bool is_retry) {
    const std::scoped_lock lock(mutex_);
    const auto known = find_row(exception);
    const bool is_known = known != exceptions_.end();
    if (is_retry && (!is_known || known->order != exception.order)) {
        return false;
    }
    ++exceptions_stamp_;
    if (!is_known) {
        exceptions_.push_back(exception);
        return true;
    }
    // The destination lacks something since the first of them.
    const std::int64_t since_ms = std::min(exception.committed_ms, known->committed_ms);
    const bool is_history = exception.is_history || known->is_history;
    const bool is_repair = exception.is_repair || known->is_repair;
    // Batches under way are answered in any order: a newer one may have been refused before.
    if (exception.order < known->order && !is_planted(Mutant::OlderRefusedReplacesNewer)) {
        exception = *known;
    }
    exception.committed_ms = since_ms;
    exception.is_history = is_history;
    exception.is_repair = is_repair;
    *known = exception;
    return true;
}

Task<void> Sender::retry_due() {
    std::vector<ReplicationException> due;
    const std::int64_t now = now_ms();
    {
        const std::scoped_lock lock(mutex_);
        for (ReplicationException& exception : exceptions_) {
            // Civil time may have jumped back: then its time is too far away.
            const bool is_due =
                exception.next_try_ms <= now || exception.next_try_ms > now + kNextTryMsMax;
            if (is_due && due.size() < kBatchOperationsMax) {
                // Not again while this try is under way.
                exception.next_try_ms = now + 60'000;
                due.push_back(exception);
            }
        }
    }
    Batch batch;
    std::size_t bytes = 0;
    for (ReplicationException& exception : due) {
        Pending pending{.revision = 0,
                        .committed = hlc_from_ms(exception.committed_ms),
                        .operation = {},
                        .retried = exception};
        if (exception.is_purge) {
            pending.operation.kind = OperationKind::Purge;
            pending.operation.version.key = exception.key;
            pending.operation.version.order = exception.order;
            pending.operation.version.is_null = exception.is_null;
        } else {
            auto operation =
                co_await make_put(exception.key, exception.order, exception.is_null, 0);
            if (!operation) {
                note_failure(operation.error());
                continue;
            }
            if (!*operation) {
                OperationReply gone{.is_ok = true,
                                    .outcome = object::ReplicaOutcome::Superseded,
                                    .code = {},
                                    .reason = {}};
                co_await settle(std::move(pending), std::move(gone));
                continue;
            }
            pending.operation = std::move(**operation);
            pending.operation.is_repair = exception.is_repair;
        }
        bytes += pending.operation.body.size();
        batch.push_back(std::move(pending));
        if (bytes >= batch_bytes_max()) {
            co_await send_rest(std::exchange(batch, {}));
            bytes = 0;
        }
    }
    if (!batch.empty()) {
        co_await send_rest(std::move(batch));
    }
}

}  // namespace antipode::replication
