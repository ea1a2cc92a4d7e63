#include "replication/manager.h"

#include <algorithm>

#include "access/authorize.h"
#include "replication/verify.h"
#include "runtime/sleep.h"

namespace antipode::replication {

using namespace std::chrono_literals;

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
        const std::scoped_lock lock(mutex_);
        const std::size_t at = next_place_++ % host_.count();
        const SenderPlace place{.executor = &host_.executor(at), .network = &host_.network(at)};
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
    std::map<std::string, std::uint64_t> done;
    while (!is_stopping_) {
        co_await stopping_.wait_beyond(stopping_.count(), 2s);
        if (is_stopping_) {
            break;
        }
        for (const BucketPtr& bucket : catalog_.buckets()) {
            const auto config = bucket->config();
            const auto revision = co_await bucket->partition().revision();
            std::uint64_t& last = done[config->id];
            if (is_stopping_ || !revision || *revision < last + options_.checkpoint_every) {
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
            if (co_await bucket->partition().checkpoint(keep_after)) {
                last = *revision;
            }
        }
    }
}

Task<Result<RuleStatus>> Manager::full_status(SenderPtr sender) {
    RuleStatus status = sender->status();
    CO_TRY(const auto unread, co_await sender->count_unread());
    status.backlog_operations += unread.first;
    status.backlog_bytes += unread.second;
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

Task<Result<Verification>> Manager::verify(std::string bucket,
                                           std::string rule_id,
                                           runtime::Duration patience) {
    CO_TRY(const SenderPtr sender, only_sender(bucket, rule_id));
    runtime::Executor& caller = runtime::Executor::current();
    co_await runtime::resume_on(home_);
    catalog::Partition& partition = sender->bucket()->partition();
    const runtime::Instant end = home_.now() + patience;
    const Hlc safe = partition.safe_time();
    Result<Verification> result =
        fail(ErrorCode::Timeout, "the destination has not caught up in time; nothing was compared");
    const auto revision = co_await partition.revision();
    if (!revision) {
        result = fail(revision.error());
    } else {
        while (!sender->is_beyond(*revision) && home_.now() < end && !is_stopping_) {
            co_await stopping_.wait_beyond(stopping_.count(), 50ms);
        }
        if (sender->is_beyond(*revision)) {
            PeerClient peer(sender->peer(), catalog_.region(), secret_, host_.network(0));
            result = co_await compare(partition, sender->rule(), peer);
            peer.close();
        } else {
            const RuleStatus status = sender->status();
            if (!status.last_error.empty()) {
                result = fail(ErrorCode::Timeout,
                              "the destination has not caught up in time: " + status.last_error);
            }
        }
    }
    co_await runtime::resume_on(caller);
    if (result) {
        result->as_of_ms = ms_from_hlc(safe);
    }
    co_return result;
}

}  // namespace antipode::replication
