#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/mutant.h"
#include "catalog/catalog.h"
#include "replication/cursor_table.h"
#include "replication/manager.h"
#include "replication/rule_checks.h"
#include "runtime/sleep.h"

// The life of a rule: checked, starting, doing, closing, gone.
namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view kClosings = "closing/";

std::string new_rule_id() {
    std::string hex = catalog::random_hex(16);
    std::ranges::transform(hex, hex.begin(), [](unsigned char c) { return std::tolower(c); });
    return fmt::format("{}-{}-{}-{}-{}",
                       hex.substr(0, 8),
                       hex.substr(8, 4),
                       hex.substr(12, 4),
                       hex.substr(16, 4),
                       hex.substr(20));
}

/// With the epoch: a rule of the same name may be made and closed again before the first is told.
std::string closing_setting(const RuleNotice& notice, const std::string& region) {
    return fmt::format("{}{}/{}/{}", kClosings, region, notice.rule.epoch, notice.rule.rule_id);
}

}  // namespace

/// What can be checked here; in the order of the documentation.
Result<void> Manager::check_rule(const Bucket& bucket, const ReplicationRule& rule) const {
    if (find_peer(rule.target_region) == nullptr) {
        return fail(
            ErrorCode::BadReplicationLocation,
            "The replication location you choose is invalid: this region has no link to it.");
    }
    return check_at_source(bucket, catalog_.region(), rule, options_.regions);
}

Task<Result<BucketFacts>> Manager::ask_facts(PeerAddress peer, std::string bucket) {
    runtime::Executor& callers = runtime::Executor::current();
    co_await runtime::resume_on(home_);
    PeerClient client(std::move(peer), catalog_.region(), secret_, host_.network(0));
    auto facts = co_await client.bucket_facts(std::move(bucket));
    client.close();
    co_await runtime::resume_on(callers);
    co_return facts;
}

Task<Result<void>> Manager::check_target(BucketPtr bucket, ReplicationRule rule) {
    const auto facts = co_await ask_facts(*find_peer(rule.target_region), rule.target_bucket.str());
    if (!facts) {
        co_return fail(ErrorCode::Unavailable,
                       "The destination region does not answer: " + facts.error().message);
    }
    co_return check_at_target(*bucket->config(), catalog_.region(), rule, *facts, options_.regions);
}

Task<Result<ReplicationRule>> Manager::add_rule(const object::Caller& caller,
                                                AddRuleRequest request) {
    CO_TRY(const BucketPtr bucket, own_bucket(caller, request.bucket));
    CO_TRY_VOID(check_rule(*bucket->config(), request.rule));
    CO_TRY_VOID(co_await check_target(bucket, request.rule));
    co_return co_await insert_rule(bucket, std::move(request.rule));
}

Task<Result<ReplicationRule>> Manager::insert_rule(BucketPtr bucket, ReplicationRule rule) {
    rule.id = rule.id.empty() ? new_rule_id() : rule.id;
    rule.status = ReplicationStatus::Starting;
    const Hlc now = bucket->partition().begin().hlc();
    rule.created_ms = ms_from_hlc(now);
    CO_TRY(rule.start_revision, co_await bucket->partition().revision());
    CO_TRY_VOID(
        co_await catalog_.change_bucket(*bucket, [&rule, now](Bucket& config) -> Result<void> {
            TRY_VOID(check_pair(config, rule));
            rule.epoch = std::max<std::uint64_t>(now, config.greatest_rule_epoch + 1);
            config.greatest_rule_epoch = rule.epoch;
            config.rules.push_back(rule);
            return {};
        }));
    if (rule.is_enabled) {
        start_sender(bucket, rule);
    }
    co_return rule;
}

Task<Result<std::vector<ReplicationRule>>> Manager::list_rules(const object::Caller& caller,
                                                               BucketName name) {
    CO_TRY(const BucketPtr bucket, own_bucket(caller, name));
    auto rules = bucket->config()->rules;
    if (rules.empty()) {
        co_return fail(ErrorCode::NoSuchConfiguration,
                       "The bucket you specified does not have replication configurations.");
    }
    co_return rules;
}

Task<Result<RuleService::Removal>> Manager::remove_rule(const object::Caller& caller,
                                                        BucketName name,
                                                        std::string rule_id) {
    CO_TRY(const BucketPtr bucket, own_bucket(caller, name));
    Removal removal = Removal::NowClosing;
    ReplicationRule closing;
    CO_TRY_VOID(co_await catalog_.change_bucket(*bucket, [&](Bucket& config) -> Result<void> {
        if (config.rules.empty()) {
            removal = Removal::NoRules;
            return {};
        }
        const auto found = std::ranges::find(config.rules, rule_id, &ReplicationRule::id);
        if (found == config.rules.end()) {
            return fail(ErrorCode::NoSuchReplicationRule,
                        "The BucketReplicationRule you specified does not exist.");
        }
        if (found->status == ReplicationStatus::Closing) {
            removal = Removal::WasClosing;
            return {};
        }
        found->status = ReplicationStatus::Closing;
        closing = *found;
        return {};
    }));
    if (removal == Removal::NowClosing) {
        tasks_.spawn(home_, close_rule(bucket, closing));
    }
    co_return removal;
}

Task<void> Manager::stop_sender(std::string bucket_id, std::string rule_id) {
    if (const SenderPtr sender = find_sender(bucket_id, rule_id)) {
        {
            const std::scoped_lock lock(mutex_);
            senders_.erase(std::pair(bucket_id, rule_id));
        }
        co_await sender->stop();
    }
}

Task<std::optional<RuleNotice>> Manager::retire_rule(BucketPtr bucket, ReplicationRule rule) {
    const auto config = bucket->config();
    if (!is_planted(Mutant::RemovalIsNotFenced)) {
        co_await stop_sender(config->id, rule.id);
    }
    RuleNotice notice{.rule = {.source_region = catalog_.region(),
                               .source_bucket = config->name.str(),
                               .target_bucket = rule.target_bucket.str(),
                               .rule_id = rule.id,
                               .epoch = rule.epoch},
                      .is_closing = true,
                      .owner = config->owner.str(),
                      .versioning = config->versioning,
                      .wants_acceleration = false,
                      .floor = rule_floor(*bucket->config(), rule)};
    const auto kept =
        co_await catalog_.put_setting(closing_setting(notice, rule.target_region), encode(notice));
    const auto cleaned = co_await remove_rule_rows(bucket->partition(), rule.id);
    if (!kept || !cleaned) {
        co_return std::nullopt;
    }
    static_cast<void>(
        co_await catalog_.put_setting(rule_limits_setting(config->id, rule.id), std::nullopt));
    const auto removed =
        co_await catalog_.change_bucket(*bucket, [&rule](Bucket& config) -> Result<void> {
            std::erase_if(config.rules, [&rule](const ReplicationRule& one) {
                return one.id == rule.id && one.epoch == rule.epoch;
            });
            return {};
        });
    co_return removed ? std::optional(std::move(notice)) : std::nullopt;
}

namespace {

bool has_rule(const Bucket& bucket, const ReplicationRule& rule) {
    return std::ranges::any_of(bucket.rules, [&rule](const ReplicationRule& one) {
        return one.id == rule.id && one.epoch == rule.epoch;
    });
}

}  // namespace

/// If the destination does not answer the rule still goes; the notice is kept and sent later. If
/// this region cannot write for a while it goes when it can again.
Task<void> Manager::close_rule(BucketPtr bucket, ReplicationRule rule) {
    while (is_planted(Mutant::RemovalWaitsForDestination) && !is_stopping_ &&
           !co_await ask_facts(*find_peer(rule.target_region), rule.target_bucket.str())) {
        co_await stopping_.wait_beyond(stopping_.count(), 1s);
    }
    auto notice = co_await retire_rule(bucket, rule);
    for (runtime::Duration delay = 200ms; !notice && !is_stopping_;
         delay = std::min<runtime::Duration>(delay * 2, 5s)) {
        co_await stopping_.wait_beyond(stopping_.count(), delay);
        if (is_stopping_ || !has_rule(*bucket->config(), rule)) {
            co_return;
        }
        notice = co_await retire_rule(bucket, rule);
    }
    if (notice) {
        co_await send_closing(std::move(*notice), rule.target_region);
    }
}

Task<void> Manager::send_closing(RuleNotice notice, std::string peer_region) {
    const std::string setting = closing_setting(notice, peer_region);
    runtime::Duration delay = 200ms;
    while (!is_stopping_) {
        const PeerAddress* peer = find_peer(peer_region);
        if (peer == nullptr) {
            co_return;
        }
        PeerClient client(*peer, catalog_.region(), secret_, host_.network(0));
        const auto sent = co_await client.send_notice(notice);
        client.close();
        const bool is_settled =
            sent || (!sent.error().retryable() && sent.error().code != ErrorCode::AccessDenied);
        if (is_settled && co_await catalog_.put_setting(setting, std::nullopt)) {
            co_return;
        }
        co_await stopping_.wait_beyond(stopping_.count(), delay);
        delay = std::min(delay * 2, runtime::Duration(30s));
    }
}

Task<void> Manager::resume_closings() {
    const auto settings = co_await catalog_.list_settings(std::string(kClosings));
    if (!settings) {
        co_return;
    }
    for (const auto& [name, value] : *settings) {
        const auto notice = decode_rule_notice(value);
        const std::string rest = name.substr(kClosings.size());
        if (notice) {
            tasks_.spawn(home_, send_closing(*notice, rest.substr(0, rest.find('/'))));
        }
    }
}

Task<Result<std::vector<RuleProgress>>> Manager::progress(const object::Caller& caller,
                                                          BucketName name,
                                                          std::string rule_id) {
    CO_TRY(const BucketPtr bucket, own_bucket(caller, name));
    const auto config = bucket->config();
    if (config->rules.empty()) {
        co_return fail(ErrorCode::NoSuchConfiguration,
                       "The bucket you specified does not have replication configurations.");
    }
    std::vector<RuleProgress> out;
    for (const ReplicationRule& rule : config->rules) {
        if (!rule_id.empty() && rule.id != rule_id) {
            continue;
        }
        RuleProgress progress{.rule = rule,
                              .history = {},
                              .recovery_point_ms = 0,
                              .backlog_operations = 0,
                              .backlog_bytes = 0,
                              .oldest_pending_ms = 0,
                              .exceptions = 0};
        if (const SenderPtr sender = find_sender(config->id, rule.id)) {
            CO_TRY(const RuleStatus status, co_await full_status(sender));
            progress.recovery_point_ms = status.recovery_point_ms;
            progress.backlog_operations = status.backlog_operations;
            progress.backlog_bytes = status.backlog_bytes;
            progress.oldest_pending_ms = status.oldest_pending_ms;
            progress.exceptions = status.exceptions;
            if (rule.history) {
                progress.history = status.history_fraction();
            }
        }
        out.push_back(std::move(progress));
    }
    if (out.empty()) {
        co_return fail(ErrorCode::NoSuchReplicationRule,
                       "The BucketReplicationRule you specified does not exist.");
    }
    co_return out;
}

Task<Result<void>> Manager::set_rtc(const object::Caller& caller,
                                    BucketName name,
                                    std::string rule_id,
                                    bool enabled) {
    CO_TRY(const BucketPtr bucket, own_bucket(caller, name));
    CO_TRY_VOID(co_await catalog_.change_bucket(
        *bucket, [this, &rule_id, enabled](Bucket& config) -> Result<void> {
            const auto found = std::ranges::find(config.rules, rule_id, &ReplicationRule::id);
            if (found == config.rules.end()) {
                return fail(ErrorCode::NoSuchReplicationRule,
                            "The BucketReplicationRule you specified does not exist.");
            }
            if (enabled && !options_.regions.allows_rtc(catalog_.region(), found->target_region)) {
                return fail(ErrorCode::InvalidArgument,
                            "Replication time control (RTC) is not offered between these regions.");
            }
            found->rtc = enabled;
            return {};
        }));
    co_return Result<void>{};
}

Task<Result<std::vector<TargetRegion>>> Manager::target_regions(const object::Caller& caller,
                                                                BucketName name) {
    CO_TRY_VOID(own_bucket(caller, name));
    std::vector<TargetRegion> out;
    const std::string& here = catalog_.region();
    for (const PeerAddress& peer : options_.peers) {
        if (peer.region != here) {
            out.push_back({.region = peer.region,
                           .needs_oss_acc = options_.regions.crosses_border(here, peer.region),
                           .rtc = options_.regions.allows_rtc(here, peer.region)});
        }
    }
    co_return out;
}

}  // namespace antipode::replication
