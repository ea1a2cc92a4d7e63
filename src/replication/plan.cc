#include <algorithm>
#include <deque>
#include <set>

#include <fmt/format.h>

#include "catalog/version_table.h"
#include "replication/manager.h"
#include "replication/rule_checks.h"
#include "runtime/sleep.h"

// What a rule would do: a dry run.
namespace antipode::replication {

namespace {

constexpr std::size_t kPage = 1000;
/// Buckets that are asked for their rules when ways back are looked for.
constexpr std::size_t kBucketsAskedMax = 100;
/// What a version costs on the wire beside its bytes, about.
constexpr std::uint64_t kVersionBytes = 256;

void note_error(std::vector<PlanNote>& notes, const Error& error) {
    notes.push_back(
        {.is_obstacle = true, .code = std::string(name_of(error.code)), .text = error.message});
}

/// What the rule refers to and nobody here can check.
void note_roles_and_keys(std::vector<PlanNote>& notes, const ReplicationRule& rule) {
    if (rule.kms_objects.value_or(false) && rule.replica_kms_key.empty()) {
        notes.push_back({.is_obstacle = true,
                         .code = "MissingKey",
                         .text = "SSE-KMS objects are selected, but ReplicaKmsKeyID names no key "
                                 "in the destination's region"});
    }
    if (!rule.replica_kms_key.empty() && rule.sync_role.empty()) {
        notes.push_back({.is_obstacle = true,
                         .code = "MissingRole",
                         .text = "replicas are to be encrypted with a key, but SyncRole names no "
                                 "role that may use it"});
    }
    if (!rule.sync_role.empty()) {
        notes.push_back({.is_obstacle = false,
                         .code = "UncheckedRole",
                         .text = fmt::format("the role '{}' is kept as it is; roles are not known "
                                             "here, so it is not checked",
                                             rule.sync_role)});
    }
    if (!rule.replica_kms_key.empty()) {
        notes.push_back({.is_obstacle = false,
                         .code = "UncheckedKey",
                         .text = fmt::format("whether the key '{}' is there is not checked",
                                             rule.replica_kms_key)});
    }
}

void count(RulePlan& plan, const ReplicationRule& rule, const catalog::VersionsPage::Entry& entry) {
    const ObjectVersion& version = entry.stored.version;
    if (!entry.stored.arrived_from.empty() || !takes_version(rule, version)) {
        return;
    }
    ++plan.versions;
    if (version.is_delete_marker) {
        ++plan.markers;
        return;
    }
    plan.objects += entry.is_latest ? 1 : 0;
    plan.bytes += version.size_bytes;
    plan.largest_bytes = std::max(plan.largest_bytes, version.size_bytes);
}

Task<Result<void>> count_history(catalog::Partition& partition,
                                 const ReplicationRule& rule,
                                 RulePlan& plan) {
    catalog::VersionPlace place;
    while (true) {
        CO_TRY(const auto page, co_await catalog::scan_versions(partition, {}, place, kPage));
        for (const catalog::VersionsPage::Entry& entry : page.entries) {
            count(plan, rule, entry);
        }
        if (!page.is_truncated) {
            co_return Result<void>{};
        }
        const ObjectVersion& last = page.entries.back().stored.version;
        place = {.key = last.key, .order = last.order};
    }
}

}  // namespace

Task<Result<std::vector<TargetBucket>>> Manager::ask_targets(std::string region,
                                                             std::string bucket) {
    const PeerAddress* peer = find_peer(region);
    if (peer == nullptr) {
        co_return fail(ErrorCode::NotFound, "there is no link to " + region);
    }
    runtime::Executor& caller = runtime::Executor::current();
    co_await runtime::resume_on(home_);
    PeerClient client(*peer, catalog_.region(), secret_, host_.network(0));
    auto targets = co_await client.targets(std::move(bucket));
    client.close();
    co_await runtime::resume_on(caller);
    co_return targets;
}

/// Along the rules of the buckets behind it, as far as they can be asked.
Task<std::vector<PlanNote>> Manager::find_ways_back(BucketName bucket, ReplicationRule rule) {
    struct Place {
        TargetBucket at;
        std::string way;
    };

    const std::string here = catalog_.region() + "/" + bucket.str();
    std::vector<PlanNote> notes;
    std::set<std::string> seen;
    std::deque<Place> todo;
    todo.push_back(
        {.at = {.region = rule.target_region, .bucket = rule.target_bucket.str()}, .way = here});
    while (!todo.empty() && seen.size() < kBucketsAskedMax) {
        Place place = std::move(todo.front());
        todo.pop_front();
        const std::string name = place.at.region + "/" + place.at.bucket;
        place.way += " -> " + name;
        if (name == here) {
            notes.push_back(
                {.is_obstacle = false,
                 .code = "Loop",
                 .text = fmt::format("there is a way back: {}; nothing goes round in it, because "
                                     "what arrived by replication is not sent on",
                                     place.way)});
            continue;
        }
        if (!seen.insert(name).second) {
            continue;
        }
        const auto targets = co_await ask_targets(place.at.region, place.at.bucket);
        if (!targets) {
            notes.push_back({.is_obstacle = false,
                             .code = "UncheckedLoop",
                             .text = fmt::format("whether there is a way back behind {} is not "
                                                 "known: {}",
                                                 name,
                                                 targets.error().message)});
            continue;
        }
        for (const TargetBucket& target : *targets) {
            todo.push_back({.at = target, .way = place.way});
        }
    }
    co_return notes;
}

Task<Result<RulePlan>> Manager::plan(PlanRequest request) {
    const BucketPtr bucket = catalog_.find_bucket(BucketName(request.bucket));
    if (!bucket) {
        co_return fail(ErrorCode::NoSuchBucket, "The specified bucket does not exist.");
    }
    const ReplicationRule& rule = request.rule;
    const auto config = bucket->config();
    RulePlan plan;
    if (const auto checked = check_rule(*config, rule); !checked) {
        note_error(plan.notes, checked.error());
    } else if (const auto target = co_await check_target(bucket, rule); !target) {
        note_error(plan.notes, target.error());
    }
    note_roles_and_keys(plan.notes, rule);
    auto ways = co_await find_ways_back(config->name, rule);
    std::ranges::move(ways, std::back_inserter(plan.notes));
    const bool receives = std::ranges::any_of(
        config->incoming, [](const IncomingRule& incoming) { return !incoming.is_closed; });
    if (receives) {
        plan.notes.push_back({.is_obstacle = false,
                              .code = "Chain",
                              .text = "objects arrive in this bucket by replication; those are "
                                      "not sent on"});
    }
    if (rule.history) {
        CO_TRY_VOID(co_await count_history(bucket->partition(), rule, plan));
    } else {
        plan.notes.push_back({.is_obstacle = false,
                              .code = "NoHistory",
                              .text = "what is there already stays out: the rule leaves history "
                                      "out"});
    }
    if (request.bytes_per_second != 0) {
        const double bytes = static_cast<double>(plan.bytes + plan.versions * kVersionBytes);
        plan.duration_ms =
            static_cast<std::int64_t>(bytes / static_cast<double>(request.bytes_per_second) * 1000);
    }
    co_return plan;
}

}  // namespace antipode::replication
