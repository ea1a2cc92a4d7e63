#include <algorithm>

#include <fmt/format.h>

#include "catalog/version_table.h"
#include "replication/manager.h"

// Why a version is, or is not, at the other side.
namespace antipode::replication {

namespace {

constexpr std::size_t kLogPage = 2000;

bool is_about(const Sender::Subject& subject, const catalog::Change& change) {
    const bool is_purge = change.kind == catalog::ChangeKind::Purge;
    if (change.key != subject.key || is_purge != subject.is_removal) {
        return false;
    }
    if (!subject.order) {
        return true;
    }
    // The order of a null version's removal is its own.
    return subject.is_null == change.is_null &&
           (change.order == *subject.order || (is_purge && subject.is_null));
}

bool is_about(const Sender::Subject& subject, const ReplicationException& exception) {
    if (exception.key != subject.key || exception.is_purge != subject.is_removal) {
        return false;
    }
    return !subject.order || exception.order == *subject.order ||
           (subject.is_removal && subject.is_null && exception.is_null);
}

/// Empty when the rule takes the version.
std::string why_never(const ReplicationRule& rule,
                      const std::vector<ReplicationRule>& rules,
                      const catalog::StoredVersion& stored,
                      const std::string& region) {
    const ObjectVersion& version = stored.version;
    if (rule.status == ReplicationStatus::Closing) {
        return "the rule is being removed";
    }
    if (!rule.is_enabled) {
        return "the rule is disabled";
    }
    if (!matches_prefix(rule, version.key)) {
        return "the key begins with none of the rule's prefixes";
    }
    if ((rule.actions & kReplicatePut) == 0) {
        return "the rule replicates no writes, its action is " + rule.action_text;
    }
    if (!version.is_delete_marker && !matches_tags(rule, version.attributes.tags)) {
        return "its tags are not those of the rule";
    }
    if (!takes_version(rule, version)) {
        return "the rule takes no delete markers";
    }
    if (is_outranked(rule, rules, version)) {
        return "another rule to the same destination goes before this one for it";
    }
    const bool was_changed_here = version.attributes_order.origin == region;
    if (!stored.arrived_from.empty() && !(was_changed_here && rule.replica_modifications)) {
        return fmt::format("it came here by replication from {}; what arrived is not sent on",
                           stored.arrived_from);
    }
    return {};
}

}  // namespace

std::optional<VersionState> Sender::failed_state(const Subject& subject) const {
    const std::scoped_lock lock(mutex_);
    for (const ReplicationException& exception : exceptions_) {
        if (is_about(subject, exception)) {
            return VersionState{.kind = exception.is_excluded ? VersionState::Kind::Never
                                                              : VersionState::Kind::Failed,
                                .reason = exception.reason,
                                .committed_ms = exception.committed_ms,
                                .tries = exception.tries,
                                .next_try_ms = exception.next_try_ms};
        }
    }
    return std::nullopt;
}

std::optional<VersionState> Sender::log_state(const std::vector<catalog::Change>& changes) const {
    const std::scoped_lock lock(mutex_);
    for (const catalog::Change& change : changes) {
        const bool is_read = change.revision <= read_to_;
        if (is_read && !unconfirmed_.contains(change.revision)) {
            continue;
        }
        VersionState state{.kind = VersionState::Kind::Pending,
                           .reason = {},
                           .committed_ms = ms_from_hlc(change.committed),
                           .tries = 0,
                           .next_try_ms = 0};
        if (is_fenced_) {
            state.kind = VersionState::Kind::Never;
            state.reason = "the destination refuses this rule's epoch: " + last_error_;
        } else if (!is_reachable_) {
            state.reason = "waits for the destination: " + last_error_;
        } else {
            const auto before =
                std::distance(unconfirmed_.begin(), unconfirmed_.lower_bound(change.revision));
            state.reason = fmt::format("{}; {} changes before it are not confirmed",
                                       is_read ? "is on its way" : "is next to be read",
                                       before);
        }
        return state;
    }
    return std::nullopt;
}

/// Nothing of it waits in the log.
VersionState Sender::settled_state(const Subject& subject) const {
    const std::scoped_lock lock(mutex_);
    VersionState state;
    if (subject.is_removal || subject.changed >= rule_.epoch) {
        state.reason = "was confirmed by the destination";
        return state;
    }
    if (!rule_.history) {
        state.kind = VersionState::Kind::Never;
        state.reason = "it was there before the rule was made, and the rule leaves history out";
        return state;
    }
    // Keys ascend and versions of a key go from new to old; the order's text sorts as it does.
    const std::string id = subject.order ? to_version_id(*subject.order) : std::string();
    const bool is_passed = cursor_.history_done || subject.key < cursor_.history_key ||
                           (subject.key == cursor_.history_key && id >= cursor_.history_version_id);
    if (is_passed) {
        state.reason = "was copied with the history";
        return state;
    }
    state.kind = VersionState::Kind::Pending;
    state.committed_ms = ms_from_hlc(subject.changed);
    state.reason = fmt::format("belongs to the history, of which {} of {} versions are copied{}",
                               cursor_.history_copied,
                               cursor_.history_total,
                               is_reachable_ ? "" : "; waits for the destination: " + last_error_);
    return state;
}

Task<Result<VersionState>> Sender::state_of(Subject subject) {
    if (auto failed = failed_state(subject)) {
        co_return std::move(*failed);
    }
    std::uint64_t after = 0;
    {
        const std::scoped_lock lock(mutex_);
        after = cursor_.revision;
    }
    std::vector<catalog::Change> found;
    while (true) {
        CO_TRY(const auto changes, co_await partition().read_changes(after, kLogPage));
        for (const catalog::Change& change : changes) {
            after = change.revision;
            if (is_about(subject, change) && wants(change)) {
                found.push_back(change);
            }
        }
        if (changes.size() < kLogPage) {
            break;
        }
    }
    if (auto pending = log_state(found)) {
        co_return std::move(*pending);
    }
    // It may have failed between the two looks.
    if (auto failed = failed_state(subject)) {
        co_return std::move(*failed);
    }
    co_return settled_state(subject);
}

namespace {

Task<Result<std::optional<catalog::StoredVersion>>> find(catalog::Partition& partition,
                                                         std::string key,
                                                         std::string version_id) {
    if (version_id.empty()) {
        co_return co_await catalog::find_latest(partition, key);
    }
    if (version_id == kNullVersionId) {
        co_return co_await catalog::find_null_version(partition, key);
    }
    CO_TRY(const VersionOrder order, parse_version_id(version_id));
    co_return co_await catalog::find_version(partition, key, order);
}

VersionState never(std::string reason) {
    return {.kind = VersionState::Kind::Never,
            .reason = std::move(reason),
            .committed_ms = 0,
            .tries = 0,
            .next_try_ms = 0};
}

}  // namespace

/// The version is gone: only rules that still have to bring its removal over have something to say.
Task<Result<Explanation>> Manager::explain_removal(BucketPtr bucket,
                                                   std::string key,
                                                   std::string version_id) {
    Explanation out;
    out.key = key;
    out.version_id = version_id;
    out.is_removed = true;
    Sender::Subject subject{
        .key = key, .order = {}, .is_null = false, .is_removal = true, .changed = 0};
    if (version_id == kNullVersionId) {
        subject.order = VersionOrder{};
        subject.is_null = true;
    } else if (!version_id.empty()) {
        CO_TRY(subject.order, parse_version_id(version_id));
    }
    const auto config = bucket->config();
    for (const ReplicationRule& rule : config->rules) {
        const SenderPtr sender = find_sender(config->id, rule.id);
        if (!sender) {
            continue;
        }
        CO_TRY(VersionState state, co_await sender->state_of(subject));
        if (state.kind != VersionState::Kind::Done) {
            out.rules.push_back({.rule = rule, .matches = true, .state = std::move(state)});
        }
    }
    if (out.rules.empty()) {
        co_return fail(version_id.empty() ? ErrorCode::NoSuchKey : ErrorCode::NoSuchVersion,
                       fmt::format("{} holds no such {}, and no removal of it is under way",
                                   config->name.str(),
                                   version_id.empty() ? "key" : "version"));
    }
    co_return out;
}

Task<Result<Explanation>> Manager::explain(std::string bucket_name,
                                           std::string key,
                                           std::string version_id) {
    const BucketPtr bucket = catalog_.find_bucket(BucketName(bucket_name));
    if (!bucket) {
        co_return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
    }
    CO_TRY(const auto stored, co_await find(bucket->partition(), key, version_id));
    if (!stored) {
        co_return co_await explain_removal(bucket, std::move(key), std::move(version_id));
    }
    const ObjectVersion& version = stored->version;
    Explanation out;
    out.key = version.key;
    out.version_id = version.version_id();
    out.is_delete_marker = version.is_delete_marker;
    out.size_bytes = version.size_bytes;
    out.arrived_from = stored->arrived_from;
    const auto config = bucket->config();
    for (const ReplicationRule& rule : config->rules) {
        RuleExplanation one{.rule = rule, .matches = false, .state = {}};
        std::string obstacle = why_never(rule, config->rules, *stored, catalog_.region());
        const SenderPtr sender = find_sender(config->id, rule.id);
        one.matches = obstacle.empty();
        if (!one.matches || !sender) {
            one.state = never(one.matches ? "the rule is being removed" : std::move(obstacle));
        } else {
            Sender::Subject subject{
                .key = version.key,
                .order = version.order,
                .is_null = version.is_null,
                .is_removal = false,
                .changed = std::max(version.order.hlc, version.attributes_order.hlc)};
            CO_TRY(one.state, co_await sender->state_of(std::move(subject)));
        }
        out.rules.push_back(std::move(one));
    }
    co_return out;
}

}  // namespace antipode::replication
