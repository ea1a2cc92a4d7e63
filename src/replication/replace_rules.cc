#include <algorithm>

#include <fmt/format.h>

#include "catalog/catalog.h"
#include "replication/cursor_table.h"
#include "replication/manager.h"
#include "replication/rule_checks.h"

// S3 replaces all rules of a bucket at once. What is the same rule (id and destination) keeps its
// cursor, so that nothing that waits to be sent is forgotten.
namespace antipode::replication {

namespace {

bool is_same_rule(const ReplicationRule& one, const ReplicationRule& other) {
    return one.id == other.id && one.target_bucket == other.target_bucket &&
           one.target_region == other.target_region;
}

const ReplicationRule* find_same(const Bucket& bucket, const ReplicationRule& rule) {
    const auto found = std::ranges::find_if(bucket.rules, [&rule](const ReplicationRule& one) {
        return one.status != ReplicationStatus::Closing && is_same_rule(one, rule);
    });
    return found == bucket.rules.end() ? nullptr : &*found;
}

Result<void> check_replacement(const Bucket& bucket, const std::vector<ReplicationRule>& rules) {
    if (bucket.versioning != Versioning::Enabled) {
        return fail(ErrorCode::InvalidRequest,
                    "Versioning must be 'Enabled' on the bucket to apply a replication "
                    "configuration");
    }
    for (const ReplicationRule& rule : bucket.rules) {
        if (rule.dialect == RuleDialect::Oss && rule.status != ReplicationStatus::Closing) {
            return fail(ErrorCode::InvalidRequest,
                        fmt::format("The rule '{}' was made with OSS and would be lost: delete it "
                                    "before this configuration is set",
                                    rule.id));
        }
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (!rules[i].id.empty() && rules[i].id == rules[j].id) {
                return fail(ErrorCode::InvalidArgument, "Rule Id must be unique.");
            }
        }
    }
    return {};
}

}  // namespace

/// The region that has a destination which was named without one.
Task<Result<std::string>> Manager::find_target(const Bucket& source, std::string bucket) {
    std::vector<std::string> found;
    std::string unanswered;
    for (const PeerAddress& peer : options_.peers) {
        if (peer.region == catalog_.region() && bucket == source.name.str()) {
            continue;
        }
        const auto facts = co_await ask_facts(peer, bucket);
        if (!facts) {
            unanswered = peer.region;
        } else if (facts->exists && facts->owner == source.owner.str()) {
            found.push_back(peer.region);
        }
    }
    if (!unanswered.empty() && found.size() != 1) {
        co_return fail(ErrorCode::Unavailable,
                       fmt::format("The region {} does not answer; name the destination's region: "
                                   "arn:aws:s3:REGION::{}",
                                   unanswered,
                                   bucket));
    }
    if (found.empty()) {
        co_return fail(ErrorCode::InvalidRequest, "Destination bucket must exist.");
    }
    if (found.size() > 1) {
        co_return fail(ErrorCode::InvalidRequest,
                       fmt::format("The regions {} and {} have a bucket of that name; name the "
                                   "destination's: arn:aws:s3:REGION::{}",
                                   found[0],
                                   found[1],
                                   bucket));
    }
    co_return found.front();
}

/// In place: the cursor stays, unless the rule was switched off meanwhile.
Task<Result<void>> Manager::change_rule(BucketPtr bucket, ReplicationRule rule) {
    const std::string bucket_id = bucket->config()->id;
    co_await stop_sender(bucket_id, rule.id);
    CO_TRY(const std::uint64_t revision, co_await bucket->partition().revision());
    bool starts_anew = false;
    CO_TRY_VOID(co_await catalog_.change_bucket(*bucket, [&](Bucket& config) -> Result<void> {
        const auto found = std::ranges::find(config.rules, rule.id, &ReplicationRule::id);
        if (found == config.rules.end()) {
            return fail(ErrorCode::Conflict, "the rule was removed meanwhile");
        }
        starts_anew = rule.is_enabled && !found->is_enabled;
        rule.status = starts_anew ? ReplicationStatus::Starting : found->status;
        rule.epoch = found->epoch;
        rule.created_ms = found->created_ms;
        rule.start_revision = starts_anew ? revision : found->start_revision;
        *found = rule;
        return {};
    }));
    if (starts_anew) {
        CO_TRY_VOID(co_await remove_rule_rows(bucket->partition(), rule.id));
    }
    if (rule.is_enabled) {
        start_sender(bucket, rule);
    }
    co_return Result<void>{};
}

Task<Result<void>> Manager::end_rules(BucketPtr bucket, std::vector<std::string> ids) {
    for (const std::string& id : ids) {
        ReplicationRule closing;
        CO_TRY_VOID(co_await catalog_.change_bucket(*bucket, [&](Bucket& config) -> Result<void> {
            const auto found = std::ranges::find(config.rules, id, &ReplicationRule::id);
            if (found != config.rules.end()) {
                found->status = ReplicationStatus::Closing;
                closing = *found;
            }
            return {};
        }));
        if (closing.id.empty()) {
            continue;
        }
        auto notice = co_await retire_rule(bucket, closing);
        if (!notice) {
            co_return fail(ErrorCode::Unavailable, "the rule could not be removed; try again");
        }
        tasks_.spawn(home_, send_closing(std::move(*notice), closing.target_region));
    }
    co_return Result<void>{};
}

Task<Result<void>> Manager::replace_rules(const object::Caller& caller,
                                          BucketName name,
                                          std::vector<ReplicationRule> rules) {
    CO_TRY(const BucketPtr bucket, own_bucket(caller, name));
    const auto held = co_await rule_locks_.lock(bucket->config()->id);
    const auto before = bucket->config();
    if (!rules.empty()) {
        CO_TRY_VOID(check_replacement(*before, rules));
    }
    // As it will be: what stays, then one new rule after the other.
    Bucket planned = *before;
    planned.rules.clear();
    std::vector<ReplicationRule> changed;
    std::vector<ReplicationRule> added;
    for (ReplicationRule& rule : rules) {
        if (rule.target_region.empty()) {
            CO_TRY(rule.target_region, co_await find_target(*before, rule.target_bucket.str()));
        }
        rule.transfer = options_.regions.crosses_border(catalog_.region(), rule.target_region)
                            ? TransferType::OssAcc
                            : TransferType::Internal;
        CO_TRY_VOID(check_rule(planned, rule));
        CO_TRY_VOID(co_await check_target(bucket, rule));
        (find_same(*before, rule) != nullptr ? changed : added).push_back(rule);
        planned.rules.push_back(rule);
    }
    std::vector<std::string> ended;
    for (const ReplicationRule& rule : before->rules) {
        if (std::ranges::none_of(
                changed, [&rule](const ReplicationRule& one) { return is_same_rule(one, rule); })) {
            ended.push_back(rule.id);
        }
    }
    CO_TRY_VOID(co_await end_rules(bucket, std::move(ended)));
    for (ReplicationRule& rule : changed) {
        CO_TRY_VOID(co_await change_rule(bucket, std::move(rule)));
    }
    for (ReplicationRule& rule : added) {
        CO_TRY_VOID(co_await insert_rule(bucket, std::move(rule)));
    }
    co_return Result<void>{};
}

}  // namespace antipode::replication
