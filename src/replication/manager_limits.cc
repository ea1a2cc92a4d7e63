#include <algorithm>

#include <fmt/format.h>

#include "replication/manager.h"

// What operators allow rules and links to take.
namespace antipode::replication {

std::shared_ptr<Throttle> Manager::link_throttle(const std::string& region) {
    const std::scoped_lock lock(mutex_);
    auto& throttle = link_throttles_[region];
    if (!throttle) {
        throttle = std::make_shared<Throttle>();
    }
    return throttle;
}

Task<Result<RuleLimits>> Manager::set_limits(LimitChange change) {
    CO_TRY(const SenderPtr sender, only_sender(change.bucket, change.rule_id));
    RuleLimits limits = sender->limits();
    limits.bytes_per_second = change.bytes_per_second.value_or(limits.bytes_per_second);
    limits.priority = change.priority.value_or(limits.priority);
    limits.threshold_ms = change.threshold_ms.value_or(limits.threshold_ms);
    CO_TRY_VOID(check(limits));
    std::string setting = rule_limits_setting(sender->bucket()->config()->id, sender->rule().id);
    CO_TRY_VOID(co_await catalog_.put_setting(std::move(setting), encode(limits)));
    sender->set_limits(limits);
    co_return limits;
}

Task<Result<void>> Manager::set_link_limit(std::string region, std::uint64_t bytes_per_second) {
    if (find_peer(region) == nullptr) {
        co_return fail(ErrorCode::NotFound, fmt::format("there is no link to '{}'", region));
    }
    CO_TRY_VOID(check_bandwidth(bytes_per_second));
    RuleLimits limits;
    limits.bytes_per_second = bytes_per_second;
    CO_TRY_VOID(co_await catalog_.put_setting(link_limit_setting(region), encode(limits)));
    link_throttle(region)->set_rate(bytes_per_second);
    co_return Result<void>{};
}

std::vector<LinkStatus> Manager::links() {
    std::vector<LinkStatus> out;
    for (const PeerAddress& peer : options_.peers) {
        LinkStatus link;
        link.region = peer.region;
        link.address = peer.address;
        link.bytes_per_second_max = link_throttle(peer.region)->rate();
        for (const SenderPtr& sender : senders_of({})) {
            if (sender->rule().target_region == peer.region) {
                const RuleStatus status = sender->status();
                ++link.rules;
                link.is_reachable = link.is_reachable || status.is_reachable;
                link.bytes_per_second += status.bytes_per_second;
            }
        }
        if (peer.local == nullptr || link.rules > 0) {
            out.push_back(std::move(link));
        }
    }
    return out;
}

Task<Result<std::vector<RuleStatus>>> Manager::glance() {
    std::vector<RuleStatus> out;
    for (const SenderPtr& sender : senders_of({})) {
        RuleStatus status = sender->status();
        if (status.oldest_pending_ms == 0) {
            CO_TRY(status.oldest_pending_ms, co_await sender->oldest_unread_ms());
        }
        out.push_back(std::move(status));
    }
    co_return out;
}

}  // namespace antipode::replication
