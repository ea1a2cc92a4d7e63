#include "replication/items.h"

#include "catalog/version_table.h"

namespace antipode::replication {

namespace {

/// What arrived from elsewhere is not sent on; what arrived from the destination is there.
bool is_outside(const ItemsOfRule& of, const catalog::StoredVersion& stored) {
    const bool came_from_there =
        of.is_fed_by_target && stored.arrived_from == of.rule.target_region;
    return !takes_version(of.rule, stored.version) ||
           (!stored.arrived_from.empty() && !came_from_there);
}

}  // namespace

Task<Result<ItemPage>> list_items(catalog::Partition& partition,
                                  std::string after_key,
                                  std::string after_version_id,
                                  std::size_t limit,
                                  const ItemsOfRule* of) {
    catalog::VersionPlace place{.key = after_key, .order = {}};
    // A listing id is "hlc-and-origin" of every version, null ones too: it must name a place
    // whatever the id shows.
    if (!after_version_id.empty()) {
        CO_TRY(place.order, parse_version_id(after_version_id));
    }
    CO_TRY(auto page, co_await catalog::scan_versions(partition, {}, std::move(place), limit));
    ItemPage out;
    out.is_truncated = page.is_truncated;
    for (auto& entry : page.entries) {
        ObjectVersion& version = entry.stored.version;
        Item item{.key = version.key,
                  .version_id = to_version_id(version.order),
                  .digest = catalog::item_digest(version),
                  .size_bytes = version.size_bytes};
        item.is_outside = of != nullptr && is_outside(*of, entry.stored);
        out.items.push_back(std::move(item));
    }
    co_return out;
}

}  // namespace antipode::replication
