#include "sim/zone_faults.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/sleep.h"
#include "sim/list.h"
#include "sim/read_object.h"
#include "zone/zone_set.h"

namespace antipode::sim {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kCalmMsMax = 8000;
constexpr std::uint64_t kTroubleMsMax = 12000;
constexpr runtime::Duration kLook = 100ms;
/// Of a process that lives, without a fault: twice the longest pause between two tries.
constexpr runtime::Duration kWholeMax = 60s;
constexpr runtime::Duration kNoticedMax = 10s;
/// So long all must have been well: what was done to a directory last is noticed by then.
constexpr runtime::Duration kSettled = 3s;
constexpr runtime::Duration kSpaceMax = 60s;

/// Everything that may be wrong with a zone. What lies silently is replaced in the end, as a disk
/// is that was found out; the others come back with what they have.
enum class Form : std::uint8_t {
    Hangs,
    IsSlow,
    FailsReads,
    FailsWrites,
    FailsSyncs,
    IsFull,
    IsReadOnly,
    FlipsBits,
    LosesWrites,
    MisdirectsWrites,
    IsEmptied,
    IsRemoved,
    IsStale,
    IsAnothers,
    IsForcedOut,
    Count,
};

const char* name_of(Form form) {
    static constexpr std::array kNames{"hang",
                                       "slow",
                                       "read errors",
                                       "write errors",
                                       "sync errors",
                                       "full",
                                       "read-only",
                                       "flipped bits",
                                       "lost writes",
                                       "misdirected writes",
                                       "emptied",
                                       "removed",
                                       "stale copy",
                                       "another zone's",
                                       "forced out"};
    return kNames.at(static_cast<std::size_t>(form));
}

class ZoneFaults {
  public:
    ZoneFaults(World& world, Region& region)
        : world_(world), region_(region), ground_(*region.zones()) {}

    Task<void> run() {
        while (!world_.stops) {
            co_await pass(kCalmMsMax);
            if (world_.chance(0.3)) {
                for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
                    copies_.at(zone) = ground_.disk().copy(ground_.directory(zone));
                }
            }
            const std::size_t zone = world_.below(zone::kZones);
            const auto form = static_cast<Form>(world_.below(static_cast<int>(Form::Count)));
            world_.count(fmt::format("zones: {}", name_of(form)));
            begin(zone, form);
            co_await pass(kTroubleMsMax);
            end(zone, form);
            co_await await_whole(&world_, &region_);
        }
    }

  private:
    Task<void> pass(std::uint64_t ms_max) {
        const auto end = world_.executor.now() + std::chrono::milliseconds(world_.below(ms_max));
        while (!world_.stops && world_.executor.now() < end) {
            co_await runtime::sleep_for(kLook);
        }
    }

    void begin(std::size_t zone, Form form) {
        runtime::SimDisk& disk = ground_.disk();
        const std::string directory = ground_.directory(zone);
        runtime::SimDiskFaults faults;
        switch (form) {
            case Form::Hangs:
                faults.known.hang = true;
                break;
            case Form::IsSlow:
                faults.known.delay = std::chrono::milliseconds(100 + world_.below(5000));
                break;
            case Form::FailsReads:
                faults.known.fail_reads = true;
                break;
            case Form::FailsWrites:
                faults.known.fail_writes = true;
                break;
            case Form::FailsSyncs:
                faults.known.fail_syncs = true;
                break;
            case Form::IsFull:
                faults.known.no_space = true;
                break;
            case Form::IsReadOnly:
                faults.known.read_only = true;
                break;
            case Form::FlipsBits:
                faults.known.flip_bit_in_one_of = static_cast<std::uint32_t>(1 + world_.below(8));
                break;
            case Form::LosesWrites:
                faults.lose_one_of = static_cast<std::uint32_t>(1 + world_.below(8));
                break;
            case Form::MisdirectsWrites:
                faults.misdirect_one_of = static_cast<std::uint32_t>(1 + world_.below(8));
                break;
            case Form::IsEmptied:
                return empty(directory);
            case Form::IsRemoved:
                disk.take_away(directory);
                return;
            case Form::IsStale:
                return copies_.at(zone) ? disk.put(directory, copies_.at(zone)) : empty(directory);
            case Form::IsAnothers:
                ground_.is_mixed_up = true;
                return disk.put(directory, disk.copy(ground_.directory((zone + 1) % zone::kZones)));
            case Form::IsForcedOut:
            case Form::Count:
                return ground_.force_out(zone, "the simulation says so");
        }
        disk.set(directory, faults);
    }

    void end(std::size_t zone, Form form) {
        const std::string directory = ground_.directory(zone);
        if (form == Form::LosesWrites || form == Form::MisdirectsWrites ||
            form == Form::IsAnothers || form == Form::IsRemoved) {
            empty(directory);
        }
        ground_.is_mixed_up = false;
        ground_.disk().clear(directory);
    }

    void empty(const std::string& directory) {
        ground_.disk().put(directory, ground_.disk().copy("/nothing"));
    }

    World& world_;
    Region& region_;
    ZonedGround& ground_;
    /// Of directories, from when all was well.
    std::array<std::shared_ptr<const runtime::SimDisk::Tree>, zone::kZones> copies_;
};

class ZoneChecks {
  public:
    ZoneChecks(World& world, Region& region)
        : world_(world), region_(region), ground_(*region.zones()) {}

    Task<void> run() {
        co_await await_whole(&world_, &region_);
        for (std::size_t zone = 0; zone < zone::kZones && !world_.is_over(); ++zone) {
            co_await read_without(zone);
        }
        co_await recount_space();
    }

  private:
    Task<void> read_without(std::size_t zone) {
        const std::string directory = ground_.directory(zone);
        const auto tree = ground_.disk().take_away(directory);
        const runtime::Instant start = world_.executor.now();
        while (ground_.status().at(zone).state != zone::ZoneState::Out) {
            if (world_.executor.now() - start > kNoticedMax) {
                world_.violation(
                    fmt::format("{} does not notice that {} is gone", region_.name(), directory));
                break;
            }
            co_await runtime::sleep_for(kLook);
        }
        for (const char* bucket : kMutualBuckets) {
            co_await read_all(bucket, fmt::format("without {}", directory));
        }
        ground_.disk().put(directory, tree);
        co_await await_whole(&world_, &region_);
    }

    Task<void> read_all(std::string bucket, std::string when) {
        const auto versions = co_await list_all(region_.process(), bucket);
        if (!versions) {
            co_return world_.violation(fmt::format("{} of {} cannot be listed {}: {}",
                                                   bucket,
                                                   region_.name(),
                                                   when,
                                                   versions.error().message));
        }
        for (const auto& [name, entry] : *versions) {
            if (entry.version.is_delete_marker || world_.is_over()) {
                continue;
            }
            object::VersionName named{
                .bucket = BucketName(bucket), .key = name.first, .version_id = name.second};
            const auto read = co_await read_object(region_.process(), std::move(named));
            world_.count("objects read without a zone");
            const std::string wrong = read ? wrong_bytes(*read) : read.error().message;
            if (!wrong.empty()) {
                world_.violation(fmt::format("{}/{} {} of {} {}: {}",
                                             bucket,
                                             name.first,
                                             name.second,
                                             region_.name(),
                                             when,
                                             wrong));
            }
        }
    }

    /// After a restart, which forgets what was written for commits that never came.
    Task<void> recount_space() {
        co_await region_.crash();
        const auto started = co_await region_.start();
        if (!started) {
            co_return world_.violation(
                fmt::format("{} does not start: {}", region_.name(), started.error().message));
        }
        const runtime::Instant start = world_.executor.now();
        std::uint64_t named = 0;
        std::uint64_t live = 0;
        while (world_.executor.now() - start < kSpaceMax) {
            named = co_await count_named();
            live = ground_.blobs()->status().live_blobs;
            if (named == live) {
                co_return;
            }
            co_await runtime::sleep_for(1s);
        }
        world_.violation(
            fmt::format("{} keeps {} blobs, but rows name {}", region_.name(), live, named));
    }

    Task<std::uint64_t> count_named() {
        std::uint64_t count = 0;
        std::string cursor;
        do {
            const auto page = co_await region_.process()->named_blobs(cursor);
            if (!page) {
                co_return 0;
            }
            count += page->size();
        } while (!cursor.empty());
        co_return count;
    }

    World& world_;
    Region& region_;
    ZonedGround& ground_;
};

}  // namespace

Task<void> run_zone_faults(World* world, std::size_t region) {
    Region& it = world->regions.at(region);
    if (it.zones() != nullptr) {
        ZoneFaults faults(*world, it);
        co_await faults.run();
    }
}

Task<void> await_whole(World* world, Region* region) {
    const ZonedGround& ground = *region->zones();
    runtime::Duration waited{};
    runtime::Duration well_for{};
    std::shared_ptr<Process> process = region->process();
    while (true) {
        const bool is_whole = ground.are_all_ok() && ground.blobs()->status().under_protected == 0;
        const bool is_same = std::exchange(process, region->process()) == region->process();
        well_for = is_whole && is_same ? well_for + kLook : runtime::Duration::zero();
        if (well_for > kSettled) {
            co_return;
        }
        if (waited > kWholeMax) {
            co_return world->violation(fmt::format(
                "{} does not become whole: {}; {} objects are protected less",
                region->name(),
                ground.describe(),
                ground.blobs() != nullptr ? ground.blobs()->status().under_protected : 0));
        }
        if (world->is_over()) {
            co_return;
        }
        if (!is_whole) {
            waited = process ? waited + kLook : runtime::Duration::zero();
        }
        co_await runtime::sleep_for(kLook);
    }
}

Task<void> check_zones(World* world, Region* region) {
    if (region->zones() != nullptr) {
        ZoneChecks checks(*world, *region);
        co_await checks.run();
    }
}

}  // namespace antipode::sim
