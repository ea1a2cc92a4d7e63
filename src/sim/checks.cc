#include "sim/checks.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/sleep.h"
#include "sim/list.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

constexpr runtime::Duration kSettleMax = 7min;
constexpr std::size_t kWatchedVersions = 20;
constexpr runtime::Duration kRest = 5s;
constexpr runtime::Duration kStatusMax = 2s;
constexpr Hlc kHlcMax = std::numeric_limits<Hlc>::max();
constexpr std::int64_t kBehindMsMax = 3000;
/// What partition.cc always keeps, and what comes between two cuts.
constexpr std::uint64_t kLogMax = 1000 + kCheckpointEvery;

std::string describe(const object::VersionEntry& entry) {
    const ObjectVersion& version = entry.version;
    return fmt::format("{} of {} bytes, {}, changed {}{}",
                       to_version_id(version.order),
                       version.size_bytes,
                       version.etag,
                       to_version_id(version.attributes_order),
                       entry.is_latest ? ", latest" : "");
}

class Checks {
  public:
    explicit Checks(World& world) : world_(world) {}

    Task<void> run() {
        for (Region& region : world_.regions) {
            co_await settle(region);
        }
        for (const char* bucket : kMutualBuckets) {
            if (!world_.is_over()) {
                co_await look(bucket);
            }
        }
        if (!world_.is_over()) {
            co_await look_at_chain();
        }
        co_await runtime::sleep_for(kRest);
        for (Region& region : world_.regions) {
            co_await look_at_rest(region);
        }
    }

  private:
    /// All rules of the region.
    Task<void> settle(Region& region) {
        const auto rules = co_await region.process()->replication().status("");
        if (!rules) {
            co_return world_.violation(fmt::format(
                "{} does not know its rules: {}", region.name(), rules.error().message));
        }
        for (const char* bucket : kMutualBuckets) {
            const auto count = std::ranges::count(*rules, bucket, &replication::RuleStatus::bucket);
            if (static_cast<std::size_t>(count) + 1 != world_.regions.size()) {
                world_.violation(fmt::format("{} of {} has lost a rule", bucket, region.name()));
            }
        }
        for (const replication::RuleStatus& status : *rules) {
            if (!world_.is_over() && !status.bucket.starts_with(kLifePrefix)) {
                co_await settle_rule(region, status.bucket, status.rule);
            }
        }
    }

    Task<void> settle_rule(Region& region, std::string bucket, ReplicationRule rule) {
        const runtime::Instant start = world_.executor.now();
        std::string why = "no answer";
        while (world_.executor.now() - start < kSettleMax) {
            replication::VerifyRequest request{
                .bucket = bucket, .rule_id = rule.id, .patience = 1min, .repair = false};
            const auto verified =
                co_await region.process()->replication().verify(std::move(request));
            if (verified && verified->is_identical) {
                co_return;
            }
            why = verified ? fmt::format("{} differences, {} only there",
                                         verified->difference_count,
                                         verified->only_at_destination)
                           : verified.error().message;
            co_await runtime::sleep_for(1s);
        }
        world_.violation(fmt::format("{} of {} does not become equal to its copy at {}: {}",
                                     bucket,
                                     region.name(),
                                     rule.target_region,
                                     why));
    }

    Task<void> look(std::string bucket) {
        std::vector<Versions> found;
        for (Region& region : world_.regions) {
            auto versions = co_await list_all(region.process(), bucket);
            if (!versions) {
                co_return world_.violation(fmt::format("{} of {} cannot be listed: {}",
                                                       bucket,
                                                       region.name(),
                                                       versions.error().message));
            }
            co_await recount(region, bucket, *versions);
            found.push_back(std::move(*versions));
        }
        for (std::size_t other = 1; other < found.size(); ++other) {
            compare(bucket, found.at(0), found.at(other), world_.regions.at(other).name());
        }
        if (bucket == kVersionedBucket) {
            check_versions(found.at(0));
        } else {
            check_own_keys(found.at(0));
        }
        world_.counts[bucket + " versions in the end"] = found.at(0).size();
    }

    /// What arrived in the middle of the chain did not go on.
    Task<void> look_at_chain() {
        const auto found = co_await list_all(world_.regions[0].process(), kChainEnd);
        if (!found || found->empty()) {
            co_return world_.violation("nothing has come to the end of the chain");
        }
        for (const auto& [name, entry] : *found) {
            if (entry.version.order.origin != world_.regions[1].name()) {
                world_.violation(fmt::format("{} {} of {} was sent on from the middle of the chain",
                                             name.first,
                                             name.second,
                                             entry.version.order.origin));
            }
        }
    }

    /// Nothing has happened for a while.
    Task<void> look_at_rest(Region& region) {
        const auto process = region.process();
        const auto rules = co_await process->replication().status("");
        for (const auto& status : rules.value_or(std::vector<replication::RuleStatus>{})) {
            const std::int64_t behind_ms = region.now_ms() - status.recovery_point_ms;
            if (status.bucket.starts_with(kLifePrefix)) {
                continue;
            }
            if (status.backlog_operations != 0 || status.backlog_bytes != 0 ||
                status.oldest_pending_ms != 0 || behind_ms > kBehindMsMax) {
                world_.violation(
                    fmt::format("{} of {} is at rest, but its rule says that {} operations of {} "
                                "bytes wait since {}, and it is {} ms behind",
                                status.bucket,
                                region.name(),
                                status.backlog_operations,
                                status.backlog_bytes,
                                status.oldest_pending_ms,
                                behind_ms));
            }
        }
        for (const auto& bucket : process->catalog().buckets()) {
            const auto head = co_await bucket->partition().revision();
            const auto first = co_await bucket->partition().read_changes(0, 1);
            if (head && first && !first->empty() && first->front().revision + kLogMax < *head) {
                world_.violation(fmt::format("the log of {} of {} goes back to {} of {}",
                                             bucket->config()->name.str(),
                                             region.name(),
                                             first->front().revision,
                                             *head));
            }
        }
    }

    Task<void> recount(Region& region, std::string bucket, const Versions& versions) {
        object::BucketStat counted;
        for (const auto& [name, entry] : versions) {
            if (entry.version.is_delete_marker) {
                ++counted.delete_marker_count;
            } else {
                ++counted.object_count;
                counted.storage_bytes += entry.version.size_bytes;
            }
        }
        const auto stat =
            co_await region.process()->buckets().stat_bucket(owner(), BucketName(bucket));
        if (!stat || stat->storage_bytes != counted.storage_bytes ||
            stat->object_count != counted.object_count ||
            stat->delete_marker_count != counted.delete_marker_count) {
            world_.violation(fmt::format(
                "{} of {}: usage says {} objects, {} markers, {} bytes; there are {}, {}, {}",
                bucket,
                region.name(),
                stat ? stat->object_count : 0,
                stat ? stat->delete_marker_count : 0,
                stat ? stat->storage_bytes : 0,
                counted.object_count,
                counted.delete_marker_count,
                counted.storage_bytes));
        }
    }

    /// What the first region has with what another has.
    void compare(const std::string& bucket,
                 const Versions& here,
                 const Versions& there,
                 const std::string& other_region) {
        for (const auto& [name, entry] : here) {
            const auto other = there.find(name);
            if (other == there.end()) {
                world_.violation(fmt::format("{}/{} {} is only at {}",
                                             bucket,
                                             name.first,
                                             name.second,
                                             world_.regions[0].name()));
            } else if (entry.version != other->second.version ||
                       entry.is_latest != other->second.is_latest) {
                world_.violation(fmt::format("{}/{} {} ({}) is not the same at {} ({})",
                                             bucket,
                                             name.first,
                                             name.second,
                                             describe(entry),
                                             other_region,
                                             describe(other->second)));
            }
        }
        for (const auto& [name, entry] : there) {
            if (!here.contains(name)) {
                world_.violation(fmt::format(
                    "{}/{} {} is only at {}", bucket, name.first, name.second, other_region));
            }
        }
    }

    void check_versions(const Versions& versions) {
        for (const auto& [name, known] : world_.ledger.versions()) {
            const auto found = versions.find(name);
            if (found == versions.end()) {
                if (known.fate == Ledger::Fate::Kept) {
                    world_.violation(
                        fmt::format("{} {} was confirmed and is lost", name.first, name.second));
                }
                continue;
            }
            if (known.fate == Ledger::Fate::Removed) {
                world_.violation(
                    fmt::format("{} {} was removed and is back", name.first, name.second));
            }
            const NamedValues& tags = found->second.version.attributes.tags;
            if (!known.tags.empty() &&
                !known.tags.contains(tags.empty() ? "" : tags.front().second)) {
                world_.violation(fmt::format(
                    "{} {} has a tag that was not confirmed last", name.first, name.second));
            }
            if (found->second.version.etag != known.etag ||
                found->second.version.is_delete_marker != known.is_delete_marker) {
                world_.violation(
                    fmt::format("{} {} is not what was confirmed", name.first, name.second));
            }
        }
    }

    void check_own_keys(const Versions& versions) {
        for (const auto& [key, contents] : world_.ledger.own_keys()) {
            const auto found = versions.find(Ledger::Name(key, std::string(kNullVersionId)));
            const std::optional<std::string> etag =
                found == versions.end() ? std::nullopt : std::optional(found->second.version.etag);
            if (!contents.contains(etag)) {
                world_.violation(fmt::format("{} is {}, which is not what was confirmed last",
                                             key,
                                             etag.value_or("absent")));
            }
        }
    }

    World& world_;
};

/// The versions that this region has made itself and that must be at the other side by now.
std::vector<Ledger::Name> promised(const World& world, const std::string& region, Hlc until) {
    std::vector<Ledger::Name> names;
    for (const auto& [name, known] : world.ledger.versions()) {
        const auto order = parse_version_id(name.second);
        if (known.fate == Ledger::Fate::Kept && order && order->origin == region &&
            order->hlc < until) {
            names.push_back(name);
        }
    }
    return names;
}

}  // namespace

Task<void> run_checks(World* world) {
    Checks checks(*world);
    co_await checks.run();
}

Task<void> watch_progress(World* world, std::size_t region) {
    Region& source = world->regions.at(region);
    while (!world->stops) {
        co_await runtime::sleep_for(std::chrono::milliseconds(world->below(1500)));
        const auto from = source.process();
        const auto status =
            from ? co_await from->replication().status(kVersionedBucket)
                 : Result<std::vector<replication::RuleStatus>>(fail(ErrorCode::Unavailable));
        if (!status || status->empty()) {
            continue;
        }
        const replication::RuleStatus& rule = (*status)[world->below(status->size())];
        Region& target = *std::ranges::find(
            world->regions, rule.rule.target_region, [](const Region& one) { return one.name(); });
        const auto to = target.process();
        if (!to) {
            continue;
        }
        const Hlc point = hlc_from_ms(rule.recovery_point_ms);
        std::vector<Ledger::Name> names = promised(*world, source.name(), point);
        // Half of them the latest: they are on their way, if anything is.
        std::ranges::sort(names, std::ranges::greater{}, [](const Ledger::Name& name) {
            return parse_version_id(name.second)->hlc;
        });
        for (std::size_t i = 0; i < kWatchedVersions && !names.empty(); ++i) {
            const Ledger::Name name = i < kWatchedVersions / 2
                                          ? names[std::min(i, names.size() - 1)]
                                          : names[world->below(names.size())];
            object::VersionName asked{.bucket = BucketName(kVersionedBucket),
                                      .key = name.first,
                                      .version_id = name.second};
            const auto found = co_await to->objects().describe_object(owner(), std::move(asked));
            world->count("promised versions looked for");
            const bool is_absent = !found && (found.error().code == ErrorCode::NoSuchVersion ||
                                              found.error().code == ErrorCode::NoSuchKey);
            if (is_absent && world->ledger.versions().at(name).fate == Ledger::Fate::Kept) {
                world->violation(
                    fmt::format("{} {} is not at {}, but the recovery point of {} is past it",
                                name.first,
                                name.second,
                                target.name(),
                                source.name()));
            }
        }
    }
}

Task<void> watch_backlog(World* world, std::size_t region) {
    Region& source = world->regions.at(region);
    while (!world->stops) {
        co_await runtime::sleep_for(std::chrono::milliseconds(world->below(3000)));
        const auto from = source.process();
        if (!from) {
            continue;
        }
        const std::vector<Ledger::Name> known = promised(*world, source.name(), kHlcMax);
        const runtime::Instant start = world->executor.now();
        const auto status = co_await from->replication().status(kVersionedBucket);
        const bool is_same_process = from == source.process();
        if (is_same_process && (!status || world->executor.now() - start > kStatusMax)) {
            world->violation(fmt::format("the status of {} does not answer, or late: {}",
                                         source.name(),
                                         status ? "late" : status.error().message));
        }
        for (const auto& rule : status.value_or(std::vector<replication::RuleStatus>{})) {
            Region& target = *std::ranges::find(world->regions,
                                                rule.rule.target_region,
                                                [](const Region& one) { return one.name(); });
            const auto to = target.process();
            const auto there = to ? co_await list_all(to, kVersionedBucket)
                                  : Result<Versions>(fail(ErrorCode::Unavailable));
            if (!there || !is_same_process) {
                continue;
            }
            world->count("backlogs counted");
            std::vector<Ledger::Name> missing;
            std::ranges::copy_if(known, std::back_inserter(missing), [&](const auto& name) {
                return !there->contains(name) &&
                       world->ledger.versions().at(name).fate == Ledger::Fate::Kept;
            });
            if (missing.size() > rule.backlog_operations) {
                world->violation(
                    fmt::format("{} versions of {} are not at {}, the backlog is {}; one is {} {}",
                                missing.size(),
                                source.name(),
                                target.name(),
                                rule.backlog_operations,
                                missing.front().first,
                                missing.front().second));
            }
        }
    }
}

}  // namespace antipode::sim
