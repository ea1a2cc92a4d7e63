#include <algorithm>

#include "catalog/version_table.h"
#include "replication/manager.h"

// What S3 shows as x-amz-replication-status: derived, never written back into the version.
namespace antipode::replication {

std::optional<Delivery> Sender::delivery_of(const ObjectVersion& version) const {
    const Hlc changed = std::max(version.order.hlc, version.attributes_order.hlc);
    const std::scoped_lock lock(mutex_);
    const auto failed =
        std::ranges::find_if(exceptions_, [&version](const ReplicationException& one) {
            return !one.is_purge && one.key == version.key && one.order == version.order;
        });
    if (failed != exceptions_.end()) {
        return failed->is_excluded ? std::nullopt : std::optional(Delivery::Failed);
    }
    if (changed >= rule_.epoch) {
        return recovery_point_ > changed ? Delivery::Completed : Delivery::Pending;
    }
    if (!rule_.history) {
        return std::nullopt;
    }
    return cursor_.history_done || version.key < cursor_.history_key ? Delivery::Completed
                                                                     : Delivery::Pending;
}

Task<Result<std::optional<Delivery>>> Manager::delivery(BucketName name, ObjectVersion version) {
    const BucketPtr bucket = catalog_.find_bucket(name);
    if (!bucket) {
        co_return std::nullopt;
    }
    const auto config = bucket->config();
    if (config->rules.empty() && config->incoming.empty()) {
        co_return std::nullopt;
    }
    std::optional<catalog::StoredVersion> stored;
    if (version.is_null) {
        CO_TRY(stored, co_await catalog::find_null_version(bucket->partition(), version.key));
    } else {
        CO_TRY(stored,
               co_await catalog::find_version(bucket->partition(), version.key, version.order));
    }
    if (stored && !stored->arrived_from.empty()) {
        co_return Delivery::Replica;
    }
    std::optional<Delivery> out;
    for (const ReplicationRule& rule : config->rules) {
        if (!rule.is_enabled || rule.status == ReplicationStatus::Closing ||
            !takes_version(rule, version) || is_outranked(rule, config->rules, version)) {
            continue;
        }
        const SenderPtr sender = find_sender(config->id, rule.id);
        const std::optional<Delivery> one =
            sender ? sender->delivery_of(version) : Delivery::Pending;
        const bool is_worse = !out || one == Delivery::Failed ||
                              (one == Delivery::Pending && out == Delivery::Completed);
        if (one && is_worse) {
            out = one;
        }
    }
    co_return out;
}

}  // namespace antipode::replication
