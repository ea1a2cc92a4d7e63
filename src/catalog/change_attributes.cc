#include "catalog/detail/key_state.h"
#include "catalog/key_layout.h"
#include "catalog/version_table.h"

namespace antipode::catalog {

namespace {

Task<Result<std::optional<StoredVersion>>> find_named(Partition& partition,
                                                      const KeyState& state,
                                                      const ChangeAttributes& request) {
    if (request.is_null) {
        return find_null_version(partition, request.key);
    }
    return find_version(partition, state.key, request.order.value());
}

}  // namespace

Task<Result<StoredVersion>> change_attributes(Partition& partition, ChangeAttributes request) {
    const auto held = co_await partition.key_locks().lock(request.key);
    CO_TRY(const KeyState state, co_await load_key(partition, request.key));
    std::optional<StoredVersion> target = state.head;
    if (request.order || request.is_null) {
        CO_TRY(target, co_await find_named(partition, state, request));
    }
    if (!target) {
        co_return fail(ErrorCode::NotFound, "no such version");
    }
    StoredVersion changed = *target;
    CO_TRY_VOID(request.change(changed.version));
    const Partition::Ticket ticket = partition.begin(target->version.attributes_order.hlc);
    changed.version.attributes_order = {.hlc = ticket.hlc(), .origin = request.region};
    // The change was made here even when the version came from elsewhere: it is sent on to the
    // peers of this bucket.
    changed.arrived_from = target->arrived_from;

    KeyPlan plan(state);
    plan.count_out(target->version);
    plan.count_in(changed.version);
    if (state.head && state.head->version.order == changed.version.order) {
        plan.write_head(changed);
    } else {
        plan.write_older(changed);
    }
    Change change{.kind = ChangeKind::Attributes};
    change.order = changed.version.order;
    change.is_null = changed.version.is_null;
    change.is_delete_marker = changed.version.is_delete_marker;
    change.committed = ticket.hlc();
    CO_TRY_VOID(co_await plan.commit(partition, std::move(change)));
    co_return changed;
}

}  // namespace antipode::catalog
