#include <algorithm>

#include "base/mutant.h"
#include "catalog/detail/key_state.h"
#include "catalog/version_table.h"

namespace antipode::catalog {

Task<Result<StoredVersion>> append_version(Partition& partition, AppendVersion request) {
    StoredVersion& grown = request.stored;
    const auto held = co_await partition.key_locks().lock(grown.version.key);
    CO_TRY(const KeyState state, co_await load_key(partition, grown.version.key));
    const bool is_there = state.head && !state.head->version.is_delete_marker;
    if (is_there != request.before.has_value() ||
        (is_there && (state.head->version != request.before->version ||
                      state.head->body != request.before->body))) {
        co_return fail(ErrorCode::Conflict, "the object has changed since it was looked at");
    }
    // Later than what another region, whose clock is ahead, may have appended or changed.
    const Hlc after = state.head ? std::max(state.head->version.order.hlc,
                                            state.head->version.attributes_order.hlc)
                                 : 0;
    const Partition::Ticket ticket = partition.begin(after);
    const bool keeps_order = is_there && !grown.version.is_null;
    if (!keeps_order) {
        grown.version.order.hlc = ticket.hlc();
    }
    grown.version.attributes_order = {.hlc = ticket.hlc(), .origin = grown.version.order.origin};
    if (is_there && is_planted(Mutant::AppendKeepsItsOrder)) {
        grown.version.order = state.head->version.order;
        grown.version.attributes_order = state.head->version.attributes_order;
    }
    grown.version.last_modified_ms = ms_from_hlc(ticket.hlc());
    grown.arrived_from.clear();

    KeyPlan plan(state);
    if (is_there) {
        plan.count_out(state.head->version);
    } else if (state.head) {
        // A marker stays as an older version; a null marker is replaced.
        if (state.head->version.is_null && grown.version.is_null) {
            plan.count_out(state.head->version);
        } else {
            plan.write_older(*state.head);
            plan.set_older_null(state.head->version.is_null
                                    ? std::optional(state.head->version.order)
                                    : state.older_null);
        }
    }
    plan.count_in(grown.version);
    plan.write_head(grown);
    Companions companions;
    companions.writes = std::move(request.writes);
    plan.add(std::move(companions));
    Change change{.kind = ChangeKind::Put};
    change.order = grown.version.order;
    change.is_null = grown.version.is_null;
    change.size_bytes = grown.version.size_bytes;
    change.committed = ticket.hlc();
    CO_TRY_VOID(co_await plan.commit(partition, std::move(change)));
    co_return std::move(grown);
}

}  // namespace antipode::catalog
