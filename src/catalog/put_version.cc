#include <algorithm>

#include "base/mutant.h"
#include "catalog/detail/key_state.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "catalog/version_table.h"

namespace antipode::catalog {

namespace {

/// The version that the new one takes the place of: the null version by a null version, itself by
/// itself.
Task<Result<std::optional<StoredVersion>>> find_replaced(Partition& partition,
                                                         const KeyState& state,
                                                         const ObjectVersion& incoming) {
    std::optional<VersionOrder> order =
        incoming.is_null ? state.older_null : std::optional(incoming.order);
    if (state.head && state.head->version.is_null == incoming.is_null &&
        (incoming.is_null || state.head->version.order == incoming.order)) {
        co_return state.head;
    }
    if (!order || (state.head && *order > state.head->version.order) || !state.head) {
        co_return std::nullopt;
    }
    co_return co_await find_version(partition, state.key, *order);
}

/// Only when planted.
bool is_forgotten(std::string_view tombstone) {
    if (is_planted(Mutant::TombstonesLiveTenSeconds)) {
        const auto removal = decode_order(tombstone);
        const std::int64_t now_ms =
            runtime::Executor::current().wall_now().time_since_epoch().count();
        return removal && ms_from_hlc(removal->hlc) + 10'000 < now_ms;
    }
    return is_planted(Mutant::NoTombstones);
}

Task<Result<bool>> is_buried(Partition& partition, const ObjectVersion& incoming) {
    if (!incoming.is_null) {
        CO_TRY(const auto row,
               co_await partition.get(rows::tombstone(incoming.key, incoming.order)));
        co_return row.has_value() && !is_forgotten(*row);
    }
    CO_TRY(const auto row, co_await partition.get(rows::null_tombstone(incoming.key)));
    if (!row) {
        co_return false;
    }
    CO_TRY(const VersionOrder removed, decode_order(*row));
    co_return removed >= incoming.order && !is_forgotten(*row);
}

/// What a replicated put finds: it loses against anything newer in its place.
Outcome judge(const StoredVersion& incoming, const std::optional<StoredVersion>& replaced) {
    if (!replaced) {
        return Outcome::Applied;
    }
    const ObjectVersion& there = replaced->version;
    if (there.order == incoming.version.order) {
        return there.attributes_order < incoming.version.attributes_order ||
                       (is_planted(Mutant::AttributesByArrival) &&
                        there.attributes_order != incoming.version.attributes_order)
                   ? Outcome::Applied
                   : Outcome::AlreadyThere;
    }
    return there.order < incoming.version.order ? Outcome::Applied : Outcome::Superseded;
}

void plan_put(KeyPlan& plan,
              const KeyState& state,
              const StoredVersion& incoming,
              const std::optional<StoredVersion>& replaced) {
    std::optional<VersionOrder> older_null = state.older_null;
    const bool replaces_head = replaced && replaced->version.order == state.head->version.order;
    if (replaced) {
        if (!is_planted(Mutant::UsageCountsTwice) || incoming.arrived_from.empty()) {
            plan.count_out(replaced->version);
        }
        if (replaced->body != incoming.body) {
            plan.free_body(replaced->body);
        }
        if (!replaces_head && replaced->version.order != incoming.version.order) {
            plan.remove_older(replaced->version.order);
        }
        if (!replaces_head && replaced->version.is_null) {
            older_null.reset();
        }
    }
    plan.count_in(incoming.version);
    const bool becomes_head = replaces_head || !state.head ||
                              state.head->version.order < incoming.version.order ||
                              is_planted(Mutant::LastToArriveIsLatest);
    if (becomes_head) {
        plan.write_head(incoming);
        if (state.head && !replaces_head) {
            plan.write_older(*state.head);
            if (state.head->version.is_null) {
                older_null = state.head->version.order;
            }
        }
    } else {
        plan.write_older(incoming);
        if (incoming.version.is_null) {
            older_null = incoming.version.order;
        }
    }
    plan.set_older_null(older_null);
}

/// An update in place of attributes keeps the bytes that are already here, and where the version
/// was born.
void keep_body(StoredVersion& incoming, const std::optional<StoredVersion>& replaced) {
    if (!replaced || replaced->version.order != incoming.version.order) {
        return;
    }
    incoming.arrived_from = replaced->arrived_from;
    if (incoming.body == Body{}) {
        incoming.body = replaced->body;
        incoming.version.encryption = replaced->version.encryption;
    }
}

Task<Result<VersionOrder>> latest_order_seen(Partition& partition,
                                             const KeyState& state,
                                             const PutVersion& request) {
    VersionOrder seen = state.head ? state.head->version.order : VersionOrder{};
    if (request.use_tombstones) {
        CO_TRY(const auto row, co_await partition.get(rows::null_tombstone(state.key)));
        if (row) {
            CO_TRY(const VersionOrder removed, decode_order(*row));
            seen = std::max(seen, removed);
        }
    }
    co_return seen;
}

}  // namespace

Task<Result<PutResult>> put_version(Partition& partition, PutVersion request) {
    StoredVersion& incoming = request.stored;
    const auto held = co_await partition.key_locks().lock(incoming.version.key);
    CO_TRY(const KeyState state, co_await load_key(partition, incoming.version.key));
    if (request.precondition && !is_planted(Mutant::ConditionNotChecked)) {
        CO_TRY_VOID(request.precondition(state.head ? &*state.head : nullptr));
    }
    CO_TRY(const VersionOrder seen, co_await latest_order_seen(partition, state, request));
    const Partition::Ticket ticket =
        partition.begin(std::max(seen.hlc, incoming.version.order.hlc));
    if (request.is_local) {
        incoming.version.order.hlc = ticket.hlc();
        incoming.version.attributes_order = incoming.version.order;
        incoming.version.last_modified_ms = ms_from_hlc(ticket.hlc());
    } else {
        CO_TRY(const bool buried, co_await is_buried(partition, incoming.version));
        if (buried) {
            co_return PutResult{
                .outcome = Outcome::Superseded, .stored = std::move(incoming), .freed = {}};
        }
    }
    CO_TRY(const auto replaced, co_await find_replaced(partition, state, incoming.version));
    if (!request.is_local) {
        const Outcome outcome = judge(incoming, replaced);
        if (outcome != Outcome::Applied) {
            co_return PutResult{.outcome = outcome, .stored = std::move(incoming), .freed = {}};
        }
    }
    std::string arrived_from = incoming.arrived_from;
    keep_body(incoming, replaced);

    KeyPlan plan(state);
    plan_put(plan, state, incoming, replaced);
    plan.add(std::move(request.companions));
    Change change{.kind = ChangeKind::Put};
    change.order = incoming.version.order;
    change.is_null = incoming.version.is_null;
    change.is_delete_marker = incoming.version.is_delete_marker;
    change.size_bytes = incoming.version.size_bytes;
    change.committed = ticket.hlc();
    change.arrived_from = std::move(arrived_from);
    CO_TRY_VOID(co_await plan.commit(partition, std::move(change)));
    co_return PutResult{
        .outcome = Outcome::Applied, .stored = std::move(incoming), .freed = plan.take_freed()};
}

}  // namespace antipode::catalog
