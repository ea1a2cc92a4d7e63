#include "sim/checks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/sleep.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

constexpr runtime::Duration kSettleMax = 15min;
constexpr std::size_t kPage = 100;
constexpr std::size_t kWatchedVersions = 20;

using Versions = std::map<Ledger::Name, object::VersionEntry>;

Task<Result<Versions>> list(Process* process, std::string bucket) {
    Versions versions;
    object::ListVersionsRequest request;
    request.bucket = BucketName(bucket);
    request.max_keys = kPage;
    while (true) {
        CO_TRY(auto page, co_await process->objects().list_versions(owner(), request));
        for (object::VersionEntry& entry : page.versions) {
            Ledger::Name name(entry.version.key, entry.version.version_id());
            versions.insert_or_assign(std::move(name), std::move(entry));
        }
        if (!page.is_truncated) {
            co_return versions;
        }
        request.key_marker = page.next_key_marker;
        request.version_id_marker = page.next_version_id_marker;
    }
}

class Checks {
  public:
    explicit Checks(World& world) : world_(world) {}

    Task<void> run() {
        for (const char* bucket : {kVersionedBucket, kPlainBucket}) {
            for (Region& region : world_.regions) {
                co_await settle(region, bucket);
            }
        }
        for (const char* bucket : {kVersionedBucket, kPlainBucket}) {
            co_await look(bucket);
        }
    }

  private:
    /// Each of the region's rules.
    Task<void> settle(Region& region, std::string bucket) {
        const auto rules = co_await region.process()->replication().status(bucket);
        if (!rules || rules->size() + 1 != world_.regions.size()) {
            co_return world_.violation(
                fmt::format("{} of {} has lost a rule", bucket, region.name()));
        }
        for (const replication::RuleStatus& status : *rules) {
            co_await settle_rule(region, bucket, status.rule);
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
            auto versions = co_await list(region.process().get(), bucket);
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
                world_.violation(fmt::format("{}/{} {} is not the same at {}",
                                             bucket,
                                             name.first,
                                             name.second,
                                             other_region));
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
        co_await runtime::sleep_for(std::chrono::milliseconds(world->below(3000)));
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
        for (std::size_t i = 0; i < kWatchedVersions && !names.empty(); ++i) {
            const Ledger::Name name = names[world->below(names.size())];
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

}  // namespace antipode::sim
