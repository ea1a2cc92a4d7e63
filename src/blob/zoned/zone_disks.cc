#include "blob/zoned/zone_disks.h"

#include <algorithm>
#include <utility>

namespace antipode::blob {

namespace {

using runtime::Duration;
using runtime::Instant;

/// A zone lags when it is so many times slower than the best of the others.
constexpr int kLagFactor = 4;
constexpr Duration kLimitMax = std::chrono::seconds(2);
constexpr Duration kClosePatience = std::chrono::milliseconds(500);

Duration grown(Duration limit_min, const MovingAverage& usual) {
    return std::max(limit_min, std::min(kLimitMax, limit_min + (2 * usual.value())));
}

}  // namespace

std::uint64_t PendingCalls::begin(std::size_t zone, Instant now) {
    const std::scoped_lock lock(mutex_);
    const std::uint64_t token = next_token_++;
    since_.at(zone).emplace(token, now);
    return token;
}

void PendingCalls::end(std::size_t zone, std::uint64_t token) {
    const std::scoped_lock lock(mutex_);
    since_.at(zone).erase(token);
}

std::array<Duration, kZones> PendingCalls::oldest(Instant now) const {
    std::array<Duration, kZones> ages{};
    const std::scoped_lock lock(mutex_);
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (!since_[zone].empty()) {
            ages[zone] = std::max(Duration::zero(), now - since_[zone].begin()->second);
        }
    }
    return ages;
}

ZoneDisks::ZoneDisks(zone::ZoneSet& zones, runtime::FileSystem& files, ZoneDisksOptions options)
    : zones_(zones), files_(files), options_(options) {}

ZoneDisks::~ZoneDisks() {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (const auto leaving = disk(zone)) {
            leaving->close(kClosePatience);
        }
    }
}

std::function<Result<std::shared_ptr<ZoneDisk>>()> ZoneDisks::opener(std::size_t zone) const {
    return [files = &files_,
            directory = zones_.options().directories.at(zone),
            watch = zones_.watch(zone),
            options = options_.disk] { return ZoneDisk::open(*files, directory, watch, options); };
}

void ZoneDisks::adopt(std::size_t zone, std::shared_ptr<ZoneDisk> opened) {
    detach(zone);
    space_->full.at(zone) = false;
    space_->full_looks.at(zone) = 0;
    space_->probing.at(zone) = false;
    const std::scoped_lock lock(mutex_);
    disks_.at(zone) = std::move(opened);
}

void ZoneDisks::detach(std::size_t zone) {
    std::shared_ptr<ZoneDisk> leaving;
    {
        const std::scoped_lock lock(mutex_);
        leaving = std::exchange(disks_[zone], nullptr);
    }
    if (leaving) {
        leaving->close(Duration::zero());
    }
}

std::shared_ptr<ZoneDisk> ZoneDisks::disk(std::size_t zone) const {
    const std::scoped_lock lock(mutex_);
    return disks_.at(zone);
}

std::array<Standing, kZones> ZoneDisks::for_write(Instant now) const {
    std::array<Standing, kZones> standings{};
    const std::array<bool, kZones> slow = lagging(now);
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        const zone::ZoneState state = zones_.state(zone);
        if (state == zone::ZoneState::Out || !disk(zone)) {
            standings[zone] = Standing::Gone;
        } else if (state == zone::ZoneState::Suspect || slow[zone] || space_->full[zone]) {
            standings[zone] = Standing::Doubtful;
        }
    }
    return standings;
}

std::array<Standing, kZones> ZoneDisks::for_read(Instant now) const {
    std::array<Standing, kZones> standings{};
    const std::array<bool, kZones> slow = lagging(now);
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (!disk(zone)) {
            standings[zone] = Standing::Gone;
        } else if (zones_.state(zone) != zone::ZoneState::Ok || slow[zone]) {
            standings[zone] = Standing::Doubtful;
        }
    }
    return standings;
}

bool ZoneDisks::is_full() const {
    return std::ranges::count_if(space_->full, [](const auto& full) { return full.load(); }) >= 2;
}

void ZoneDisks::write(std::size_t zone, DiskWrite write, Instant now) {
    const std::shared_ptr<ZoneDisk> target = disk(zone);
    if (!target) {
        return;  // Dropping the write tells its caller.
    }
    write.done = Done([pending = pending_,
                       zone,
                       token = pending_->begin(zone, now),
                       done = std::move(write.done)](Result<void> result) mutable {
        pending->end(zone, token);
        done.tell(std::move(result));
    });
    target->write(std::move(write));
}

void ZoneDisks::read(std::size_t zone, DiskRead read, Instant now) {
    const std::shared_ptr<ZoneDisk> target = disk(zone);
    if (!target) {
        return;  // Dropping the read tells its caller.
    }
    read.done = Done(
        [pending = pending_, zone, token = pending_->begin(zone, now), done = std::move(read.done)](
            Result<void> result) mutable {
            pending->end(zone, token);
            done.tell(std::move(result));
        });
    target->read(std::move(read));
}

void ZoneDisks::remove_segment(std::uint32_t segment) {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (const auto target = disk(zone)) {
            target->remove_segment(segment);
        }
    }
}

Duration ZoneDisks::lag_limit() const {
    return grown(options_.lag_min, write_latency_);
}

Duration ZoneDisks::hedge_limit() const {
    return grown(options_.hedge_min, read_latency_);
}

std::array<bool, kZones> ZoneDisks::lagging(Instant now) const {
    std::array<bool, kZones> slow{};
    const std::array<Duration, kZones> ages = pending_->oldest(now);
    const Duration limit = lag_limit();
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (ages[zone] <= limit) {
            continue;
        }
        Duration best = Duration::max();
        for (std::size_t other = 0; other < kZones; ++other) {
            if (other != zone && disk(other)) {
                best = std::min(best, ages[other]);
            }
        }
        slow[zone] = best != Duration::max() && ages[zone] / kLagFactor > best;
    }
    return slow;
}

void ZoneDisks::probe() {
    judge_space();
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        const std::shared_ptr<ZoneDisk> target = disk(zone);
        if (!target || space_->probing[zone].exchange(true)) {
            continue;
        }
        target->probe([space = space_, least = options_.free_bytes_min, zone](
                          Result<std::uint64_t> free_bytes) {
            space->probing[zone] = false;
            if (free_bytes) {  // Whether the directory is well is for the ZoneSet's own prober to
                               // say.
                const bool full = *free_bytes < least;
                space->full[zone] = full;
                space->full_looks[zone] = full ? space->full_looks[zone] + 1 : 0;
            }
        });
    }
}

void ZoneDisks::judge_space() {
    // One full zone is like one lost zone. When more are full nobody is out: reads go on, writes
    // are refused. Zones on one disk fill up within milliseconds of each other, hence two looks at
    // it: a write that found no space, or a look that is not answered yet, is not enough.
    const auto full_count =
        std::ranges::count_if(space_->full, [](const auto& full) { return full.load(); });
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (space_->full_looks[zone] >= 2 && full_count == 1 && disk(zone)) {
            zones_.report_failure(zone, {ErrorCode::Io, "the zone's disk is full"});
        }
    }
}

}  // namespace antipode::blob
