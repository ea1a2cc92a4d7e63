#include "replication/manager.h"

#include <algorithm>

#include "access/authorize.h"
#include "base/mutant.h"
#include "runtime/sleep.h"

namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr runtime::Duration kUpkeepEvery = 2s;
constexpr runtime::Duration kSweepEveryMax = 10min;

/// Whichever takes longer at the present rate: the number of what is left, or its bytes.
std::optional<std::int64_t> expected_end(const RuleStatus& status) {
    const std::uint64_t history_left =
        status.history_done
            ? 0
            : status.history_total - std::min(status.history_copied, status.history_total);
    const std::uint64_t operations = status.backlog_operations + history_left;
    if (operations == 0) {
        return 0;
    }
    if (status.operations_per_second <= 0 && status.bytes_per_second <= 0) {
        return std::nullopt;
    }
    double seconds = 0;
    if (status.operations_per_second > 0) {
        seconds = static_cast<double>(operations) / status.operations_per_second;
    }
    if (status.bytes_per_second > 0) {
        seconds =
            std::max(seconds, static_cast<double>(status.backlog_bytes) / status.bytes_per_second);
    }
    return static_cast<std::int64_t>(seconds * 1000);
}

}  // namespace

Manager::Manager(ManagerOptions options,
                 catalog::Catalog& catalog,
                 object::ReplicaService& replicas,
                 const LinkSecret& secret,
                 runtime::Host& host)
    : options_(std::move(options)),
      catalog_(catalog),
      replicas_(replicas),
      secret_(secret),
      local_(catalog, replicas, secret),
      host_(host),
      home_(host.executor(0)) {
    options_.peers.push_back(
        {.region = catalog_.region(), .address = {}, .tls = false, .local = &local_});
}

void Manager::start() {
    for (const BucketPtr& bucket : catalog_.buckets()) {
        const auto config = bucket->config();
        for (const ReplicationRule& rule : config->rules) {
            if (rule.status == ReplicationStatus::Closing) {
                tasks_.spawn(home_, close_rule(bucket, rule));
            } else if (rule.is_enabled) {
                start_sender(bucket, rule);
            }
        }
    }
    tasks_.spawn(home_, upkeep());
    tasks_.spawn(home_, resume_closings());
}

Task<void> Manager::stop() {
    is_stopping_ = true;
    stopping_.raise();
    std::vector<SenderPtr> senders;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [name, sender] : senders_) {
            senders.push_back(sender);
        }
        senders_.clear();
    }
    for (const SenderPtr& sender : senders) {
        co_await sender->stop();
    }
    co_await tasks_.join();
}

void Manager::start_sender(const BucketPtr& bucket, const ReplicationRule& rule) {
    const PeerAddress* peer = find_peer(rule.target_region);
    // A rule whose region has no address any more stays as it is; status() says so.
    const PeerAddress address =
        peer != nullptr
            ? *peer
            : PeerAddress{
                  .region = rule.target_region, .address = {}, .tls = false, .local = nullptr};
    SenderPtr sender;
    {
        auto throttle = link_throttle(rule.target_region);
        const std::scoped_lock lock(mutex_);
        const std::size_t at = next_place_++ % host_.count();
        SenderPlace place{
            .executor = &host_.executor(at), .network = &host_.network(at), .throttles = {}};
        place.throttles.link = std::move(throttle);
        sender =
            std::make_shared<Sender>(bucket, rule, address, catalog_, replicas_, secret_, place);
        senders_.insert_or_assign(std::pair(bucket->config()->id, rule.id), sender);
    }
    sender->start();
}

Result<Manager::BucketPtr> Manager::own_bucket(const object::Caller& caller,
                                               const BucketName& name) const {
    BucketPtr bucket = catalog_.find_bucket(name);
    if (!bucket) {
        return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
    }
    TRY_VOID(access::may_use_bucket(caller.principal, *bucket->config(), access::Need::Own));
    return bucket;
}

const PeerAddress* Manager::find_peer(const std::string& region) const {
    const auto found = std::ranges::find(options_.peers, region, &PeerAddress::region);
    return found == options_.peers.end() ? nullptr : &*found;
}

Manager::SenderPtr Manager::find_sender(const std::string& bucket_id,
                                        const std::string& rule_id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = senders_.find(std::pair(bucket_id, rule_id));
    return found == senders_.end() ? nullptr : found->second;
}

std::vector<Manager::SenderPtr> Manager::senders_of(const std::string& bucket) const {
    const std::scoped_lock lock(mutex_);
    std::vector<SenderPtr> out;
    for (const auto& [name, sender] : senders_) {
        if (bucket.empty() || sender->bucket()->config()->name.str() == bucket) {
            out.push_back(sender);
        }
    }
    return out;
}

Result<Manager::SenderPtr> Manager::only_sender(const std::string& bucket,
                                                const std::string& rule_id) const {
    SenderPtr found;
    for (const SenderPtr& sender : senders_of(bucket)) {
        if (rule_id.empty() || sender->rule().id == rule_id) {
            if (found) {
                return fail(ErrorCode::InvalidArgument, "the bucket has several rules; name one");
            }
            found = sender;
        }
    }
    if (!found) {
        return fail(ErrorCode::NoSuchReplicationRule,
                    "The BucketReplicationRule you specified does not exist.");
    }
    return found;
}

Task<void> Manager::upkeep() {
    const runtime::Duration sweep_every =
        std::clamp(options_.abandoned_after / 4, runtime::Duration(100ms), kSweepEveryMax);
    runtime::Instant next_sweep = home_.now() + sweep_every;
    while (!is_stopping_) {
        co_await stopping_.wait_beyond(stopping_.count(), std::min(kUpkeepEvery, sweep_every));
        if (is_stopping_) {
            break;
        }
        co_await keep_logs_short();
        if (home_.now() >= next_sweep) {
            co_await end_abandoned_transfers();
            next_sweep = home_.now() + sweep_every;
        }
    }
}

Task<void> Manager::keep_logs_short() {
    for (const BucketPtr& bucket : catalog_.buckets()) {
        const auto config = bucket->config();
        const auto revision = co_await bucket->partition().revision();
        if (is_stopping_ || !revision) {
            continue;
        }
        std::uint64_t keep_after = *revision;
        for (const ReplicationRule& rule : config->rules) {
            if (!rule.is_enabled) {
                continue;
            }
            const SenderPtr sender = find_sender(config->id, rule.id);
            keep_after = std::min(keep_after, sender ? sender->cursor_revision() : 0);
        }
        if (is_planted(Mutant::LogIsNeverCut)) {
            keep_after = 0;
        }
        // Also when a destination has had what was kept for it, and nothing new is written.
        Checkpoint& last = checkpointed_[config->id];
        const bool is_due = *revision >= last.revision + options_.checkpoint_every ||
                            keep_after >= last.kept_after + options_.checkpoint_every;
        if (is_due && co_await bucket->partition().checkpoint(keep_after)) {
            last = {.revision = *revision, .kept_after = keep_after};
        }
    }
}

Task<void> Manager::end_abandoned_transfers() {
    for (const BucketPtr& bucket : catalog_.buckets()) {
        if (is_stopping_) {
            co_return;
        }
        if (!bucket->config()->incoming.empty()) {
            // What fails now is tried again at the next sweep.
            static_cast<void>(
                co_await replicas_.end_abandoned_transfers(bucket, options_.abandoned_after));
        }
    }
}

Task<Result<RuleStatus>> Manager::full_status(SenderPtr sender) {
    RuleStatus status = sender->status();
    if (is_planted(Mutant::StatusAsksTheDestination)) {
        CO_TRY_VOID(co_await ask_facts(sender->peer(), status.rule.target_bucket.str()));
    }
    CO_TRY(const auto unread, co_await sender->count_unread());
    status.backlog_operations += unread.operations;
    status.backlog_bytes += unread.bytes;
    if (status.oldest_pending_ms == 0) {
        status.oldest_pending_ms = unread.oldest_ms;
    } else if (unread.oldest_ms != 0) {
        status.oldest_pending_ms = std::min(status.oldest_pending_ms, unread.oldest_ms);
    }
    status.eta_ms = expected_end(status);
    co_return status;
}

Task<Result<std::vector<RuleStatus>>> Manager::status(std::string bucket) {
    std::vector<RuleStatus> out;
    for (const SenderPtr& sender : senders_of(bucket)) {
        CO_TRY(RuleStatus status, co_await full_status(sender));
        out.push_back(std::move(status));
    }
    co_return out;
}

Task<Result<std::vector<ReplicationException>>> Manager::exceptions(std::string bucket,
                                                                    std::string rule_id) {
    std::vector<ReplicationException> out;
    for (const SenderPtr& sender : senders_of(bucket)) {
        if (rule_id.empty() || sender->rule().id == rule_id) {
            auto found = sender->exceptions();
            std::ranges::move(found, std::back_inserter(out));
        }
    }
    co_return out;
}

Task<Result<std::uint64_t>> Manager::retry(std::string bucket,
                                           std::string rule_id,
                                           std::string key) {
    std::uint64_t count = 0;
    for (const SenderPtr& sender : senders_of(bucket)) {
        if (rule_id.empty() || sender->rule().id == rule_id) {
            for (const ReplicationException& exception : sender->exceptions()) {
                count += key.empty() || exception.key == key ? 1 : 0;
            }
            sender->retry_now(key);
        }
    }
    co_return count;
}

}  // namespace antipode::replication
