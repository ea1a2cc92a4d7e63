#include "sim/simulation.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "runtime/sleep.h"
#include "runtime/task_group.h"
#include "sim/checks.h"
#include "sim/client.h"
#include "sim/faults.h"
#include "sim/long_line.h"
#include "sim/rule_life.h"
#include "sim/world.h"
#include "sim/zone_faults.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

constexpr runtime::Duration kLook = 500ms;

Task<void> make_bucket(Process* process, std::string name) {
    object::CreateBucketRequest request;
    request.name = BucketName(name);
    CHECK(co_await process->buckets().create_bucket(owner(), std::move(request)));
    if (name == kVersionedBucket) {
        CHECK(co_await process->buckets().put_bucket_versioning(
            owner(), BucketName(name), Versioning::Enabled));
    }
}

Task<void> make_rule(Process* process,
                     std::string bucket,
                     std::string target_region,
                     std::string target_bucket) {
    replication::AddRuleRequest request;
    request.bucket = BucketName(bucket);
    request.rule.target_bucket = BucketName(target_bucket);
    request.rule.target_region = std::move(target_region);
    request.rule.history = true;
    CHECK(co_await process->replication().add_rule(owner(), std::move(request)));
}

Task<void> build(World* world) {
    for (Region& region : world->regions) {
        CHECK(co_await region.start());
        for (const char* bucket :
             {kVersionedBucket, kPlainBucket, kChainStart, kChainMiddle, kChainEnd}) {
            co_await make_bucket(region.process().get(), bucket);
        }
    }
    for (Region& region : world->regions) {
        for (const Region& other : world->regions) {
            if (&other == &region) {
                continue;
            }
            for (const char* bucket : kMutualBuckets) {
                co_await make_rule(region.process().get(), bucket, other.name(), bucket);
            }
        }
    }
    Region& first = world->regions[0];
    Region& second = world->regions[1];
    co_await make_rule(first.process().get(), kChainStart, second.name(), kChainMiddle);
    co_await make_rule(second.process().get(), kChainMiddle, first.name(), kChainEnd);
}

Task<void> run_all(World* world, const SimulationOptions* options) {
    co_await build(world);
    runtime::TaskGroup tasks;
    for (std::size_t region = 0; region < world->regions.size(); ++region) {
        runtime::Executor& home = world->regions[region].host().executor(0);
        for (std::size_t number = 0; number < options->clients_per_region; ++number) {
            tasks.spawn(home, run_client(world, region, number));
        }
        tasks.spawn(watch_progress(world, region));
        tasks.spawn(watch_backlog(world, region));
        if (world->regions[region].zones() != nullptr) {
            tasks.spawn(run_zone_faults(world, region));
        }
    }
    for (std::size_t number = 0; number < options->rule_makers; ++number) {
        tasks.spawn(run_rules(world, number));
    }
    tasks.spawn(run_faults(world));
    const runtime::Instant end = world->executor.now() + options->load;
    while (!world->stops && world->executor.now() < end) {
        co_await runtime::sleep_for(std::min(end - world->executor.now(), kLook));
    }
    world->stops = true;
    co_await tasks.join();
    co_await run_checks(world);
    for (Region& region : world->regions) {
        if (!world->is_over()) {
            co_await check_zones(world, &region);
        }
    }
    if (!world->is_over()) {
        co_await run_damage(world);
    }
    if (!world->is_over() && options->has_long_line) {
        co_await run_long_line(world);
    }
    for (Region& region : world->regions) {
        co_await region.crash();
    }
}

}  // namespace

SimulationReport simulate(const SimulationOptions& options) {
    auto owned = std::make_unique<World>(options.seed, options.regions, options.engine);
    World& world = *owned;
    world.stops_at_violation = options.stops_at_violation;
    bool has_ended = false;
    runtime::start(world.executor, run_all(&world, &options), [&has_ended] { has_ended = true; });
    // Every wait in the system has an end, so that this has one, too.
    world.executor.run(options.load + std::chrono::hours(2));
    if (!has_ended || world.threads.running() > 0) {
        world.violation("the simulation does not come to an end: something waits for ever");
    }
    SimulationReport report{.trace_hash = world.executor.trace_hash(),
                            .violations = std::move(world.violations),
                            .counts = std::move(world.counts),
                            .simulated = world.executor.now().time_since_epoch(),
                            .first_violation = world.first_violation};
    if (!has_ended || world.threads.running() > 0) {
        static_cast<void>(owned.release());  // What waits for ever still refers to it.
    }
    return report;
}

}  // namespace antipode::sim
