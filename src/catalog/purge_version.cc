#include <algorithm>

#include "base/mutant.h"
#include "catalog/detail/key_state.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "catalog/version_table.h"

namespace antipode::catalog {

namespace {

Task<Result<std::optional<StoredVersion>>> find_target(Partition& partition,
                                                       const KeyState& state,
                                                       const PurgeVersion& request) {
    const bool wants_null = !request.order;
    if (state.head &&
        (wants_null ? state.head->version.is_null : state.head->version.order == *request.order)) {
        co_return state.head;
    }
    const std::optional<VersionOrder> order = wants_null ? state.older_null : request.order;
    if (!order) {
        co_return std::nullopt;
    }
    CO_TRY(auto found, co_await find_version(partition, state.key, *order));
    if (found && found->version.is_null != wants_null) {
        co_return std::nullopt;
    }
    co_return found;
}

Task<Result<std::optional<StoredVersion>>> newest_older(Partition& partition,
                                                        const KeyState& state) {
    index::ScanRange range{.prefix = rows::older_prefix(state.key), .after = {}, .limit = 1};
    CO_TRY(const auto page, co_await partition.scan(std::move(range)));
    if (page.rows.empty()) {
        co_return std::nullopt;
    }
    CO_TRY(StoredVersion found, decode_version(state.key, page.rows.front().value));
    co_return found;
}

Task<Result<void>> check_sight(Partition& partition,
                               const KeyState& state,
                               const std::optional<StoredVersion>& target,
                               const PurgeVersion& request) {
    if (!request.precondition) {
        co_return Result<void>{};
    }
    PurgeSight sight{.target = target ? &*target : nullptr};
    sight.is_latest = target && target->version.order == state.head->version.order;
    if (sight.is_latest) {
        CO_TRY(const auto older, co_await newest_older(partition, state));
        sight.is_alone = !older;
    }
    co_return request.precondition(sight);
}

Task<Result<void>> plan_removal(KeyPlan& plan,
                                Partition& partition,
                                const KeyState& state,
                                const StoredVersion& target) {
    plan.count_out(target.version);
    plan.free_body(target.body);
    std::optional<VersionOrder> older_null = state.older_null;
    if (target.version.order == state.head->version.order) {
        CO_TRY(const auto next, co_await newest_older(partition, state));
        if (next) {
            plan.write_head(*next);
            plan.remove_older(next->version.order);
            if (next->version.is_null) {
                older_null.reset();
            }
        } else {
            plan.remove_head();
        }
    } else {
        plan.remove_older(target.version.order);
        if (target.version.is_null) {
            older_null.reset();
        }
    }
    plan.set_older_null(older_null);
    co_return Result<void>{};
}

}  // namespace

Task<Result<PurgeResult>> purge_version(Partition& partition, PurgeVersion request) {
    const auto held = co_await partition.key_locks().lock(request.key);
    CO_TRY(const KeyState state, co_await load_key(partition, request.key));
    CO_TRY(const auto target, co_await find_target(partition, state, request));
    CO_TRY_VOID(co_await check_sight(partition, state, target, request));
    Hlc after = state.head ? state.head->version.order.hlc : 0;
    if (request.removal_order) {
        after = std::max(after, request.removal_order->hlc);
    }
    const Partition::Ticket ticket = partition.begin(after);
    const VersionOrder removal =
        request.removal_order.value_or(VersionOrder{.hlc = ticket.hlc(), .origin = request.region});

    const bool is_newer_null = target && !request.order && target->version.order > removal &&
                               !is_planted(Mutant::OldDeleteWins);
    const bool is_replicated =
        !request.arrived_from.empty() && !is_planted(Mutant::PurgeOfAbsentLeavesNothing);
    if (is_newer_null || (!target && !(is_replicated && request.use_tombstones))) {
        const Outcome outcome = is_newer_null ? Outcome::Superseded : Outcome::AlreadyThere;
        co_return PurgeResult{.outcome = outcome, .removed = {}, .freed = {}};
    }

    KeyPlan plan(state);
    if (target) {
        CO_TRY_VOID(co_await plan_removal(plan, partition, state, *target));
    }
    if (request.use_tombstones) {
        if (request.order) {
            plan.write_tombstone(rows::tombstone(request.key, *request.order), removal);
        } else {
            CO_TRY(const auto row, co_await partition.get(rows::null_tombstone(request.key)));
            VersionOrder latest = removal;
            if (row) {
                CO_TRY(const VersionOrder earlier, decode_order(*row));
                latest = std::max(latest, earlier);
            }
            plan.write_tombstone(rows::null_tombstone(request.key), latest);
        }
    }
    Change change{.kind = ChangeKind::Purge};
    change.order = request.order.value_or(removal);
    change.is_null = !request.order;
    change.is_delete_marker = target && target->version.is_delete_marker;
    change.committed = ticket.hlc();
    change.arrived_from = request.arrived_from;
    CO_TRY_VOID(co_await plan.commit(partition, std::move(change)));
    co_return PurgeResult{.outcome = target ? Outcome::Applied : Outcome::AlreadyThere,
                          .removed = target,
                          .freed = plan.take_freed()};
}

}  // namespace antipode::catalog
