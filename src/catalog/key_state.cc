#include "catalog/detail/key_state.h"

#include "catalog/garbage.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"

namespace antipode::catalog {

Task<Result<KeyState>> load_key(Partition& partition, std::string key) {
    std::vector<std::string> keys{rows::head(key), rows::null_pointer(key)};
    CO_TRY(auto values, co_await partition.get_many(std::move(keys)));
    KeyState state{.key = key,
                   .head = {},
                   .head_row = std::move(values[0]),
                   .older_null = {},
                   .older_null_row = std::move(values[1])};
    if (state.head_row) {
        CO_TRY(state.head, decode_version(key, *state.head_row));
    }
    if (state.older_null_row) {
        CO_TRY(state.older_null, decode_order(*state.older_null_row));
    }
    co_return state;
}

KeyPlan::KeyPlan(const KeyState& state) : state_(state) {
    guards_.push_back({.key = rows::head(state.key), .expected = state.head_row});
    guards_.push_back({.key = rows::null_pointer(state.key), .expected = state.older_null_row});
}

void KeyPlan::write_head(const StoredVersion& stored) {
    writes_.push_back({.key = rows::head(state_.key), .value = encode(stored)});
}

void KeyPlan::remove_head() {
    writes_.push_back({.key = rows::head(state_.key), .value = std::nullopt});
}

void KeyPlan::write_older(const StoredVersion& stored) {
    writes_.push_back(
        {.key = rows::older(state_.key, stored.version.order), .value = encode(stored)});
}

void KeyPlan::remove_older(const VersionOrder& order) {
    writes_.push_back({.key = rows::older(state_.key, order), .value = std::nullopt});
}

void KeyPlan::set_older_null(const std::optional<VersionOrder>& order) {
    if (order == state_.older_null) {
        return;
    }
    index::Write write{.key = rows::null_pointer(state_.key), .value = std::nullopt};
    if (order) {
        write.value = encode(*order);
    }
    writes_.push_back(std::move(write));
}

void KeyPlan::write_tombstone(const std::string& row_key, const VersionOrder& order) {
    writes_.push_back({.key = row_key, .value = encode(order)});
}

void KeyPlan::count_in(const ObjectVersion& version) {
    digest_delta_ += item_digest(version);
    Usage delta;
    (version.is_delete_marker ? delta.markers : delta.objects) = 1;
    delta.bytes = static_cast<std::int64_t>(version.size_bytes);
    usage_delta_ += delta;
}

void KeyPlan::count_out(const ObjectVersion& version) {
    digest_delta_ -= item_digest(version);
    Usage delta;
    (version.is_delete_marker ? delta.markers : delta.objects) = -1;
    delta.bytes = -static_cast<std::int64_t>(version.size_bytes);
    usage_delta_ += delta;
}

void KeyPlan::free_body(const Body& body) {
    if (body.manifest_id.empty() && body.pieces.empty()) {
        return;
    }
    for (const Piece& piece : body.pieces) {
        if (piece.is_inline()) {
            writes_.push_back({.key = rows::data(piece.data_id), .value = std::nullopt});
        }
    }
    if (!body.manifest_id.empty()) {
        writes_.push_back(garbage_row(body.manifest_id));
    }
    freed_.push_back(body);
}

void KeyPlan::add(Companions companions) {
    std::ranges::move(companions.guards, std::back_inserter(guards_));
    std::ranges::move(companions.writes, std::back_inserter(writes_));
    usage_delta_ += companions.usage_delta;
}

Task<Result<std::uint64_t>> KeyPlan::commit(Partition& partition, Change change) {
    change.key = state_.key;
    change.slot = digest_slot(state_.key);
    change.digest_delta = digest_delta_;
    change.usage_delta = usage_delta_;
    return partition.commit(std::move(guards_), std::move(writes_), std::move(change));
}

}  // namespace antipode::catalog
