#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "zone/zone_set_impl.h"

namespace antipode::zone {

namespace {

/// So many times `out_after`: beyond doubt.
constexpr int kHangs = 5;

std::int64_t in_ms(runtime::Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

ZoneSetImpl::ZoneSetImpl(ZoneOptions options, runtime::FileSystem& files, OpenedZones opened)
    : options_(std::move(options)), files_(files), region_id_(std::move(opened.region_id)) {
    const std::scoped_lock lock(mutex_);
    incomplete_ = std::move(opened.incomplete);
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        Zone& it = zones_[zone];
        it.zone_id = std::move(opened.zone_ids[zone]);
        it.reason = std::move(opened.reasons[zone]);
        it.lock = std::move(opened.locks[zone]);
        it.watch = make_watch_locked(zone);
        it.prober = std::make_unique<runtime::DiskThreads>("probe-" + options_.names[zone], 1, 16);
        it.line = lines_.emplace_back(std::make_shared<Line>());
        it.line->owner = this;
        it.is_held =
            std::ranges::find(incomplete_.held, options_.names[zone]) != incomplete_.held.end();
        if (it.is_held) {
            it.reason = "out for maintenance";
            it.lock.reset();
        }
        if (!it.reason.empty()) {
            it.state = ZoneState::Out;
            it.progress = 0.0;
        }
    }
    update_incomplete_locked();
}

ZoneSetImpl::~ZoneSetImpl() {
    CHECK(rejoins_.running() == 0);
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    stop_monitor_.notify_all();
    if (monitor_thread_) {
        CHECK(monitor_thread_->stop(std::chrono::minutes(1)));
    }
    for (const std::shared_ptr<Line>& line : lines_) {
        const std::scoped_lock lock(line->mutex);
        line->owner = nullptr;
    }
    std::vector<std::weak_ptr<ZoneWatch>> watches;
    {
        const std::scoped_lock lock(mutex_);
        is_ended_ = true;
        watches = std::move(watches_);
    }
    // Waits for who is inside, and that one may need mutex_.
    for (const std::weak_ptr<ZoneWatch>& watch : watches) {
        if (const std::shared_ptr<ZoneWatch> it = watch.lock()) {
            it->disconnect();
        }
    }
    for (Zone& zone : zones_) {
        zone.prober->stop(std::chrono::milliseconds(100));
    }
}

std::shared_ptr<ZoneWatch> ZoneSetImpl::make_watch_locked(std::size_t zone) {
    const std::uint64_t incarnation = zones_[zone].incarnation;
    auto watch = std::make_shared<ZoneWatch>([this, zone, incarnation](const Error& error) {
        put_out(zone, error.message, incarnation);
    });
    std::erase_if(watches_, [](const auto& old) { return old.expired(); });
    watches_.push_back(watch);
    return watch;
}

std::shared_ptr<ZoneWatch> ZoneSetImpl::watch(std::size_t zone) const {
    const std::scoped_lock lock(mutex_);
    return zones_.at(zone).watch;
}

std::vector<ZoneStatus> ZoneSetImpl::status() const {
    const std::scoped_lock lock(mutex_);
    std::vector<ZoneStatus> all;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        all.push_back({.name = options_.names[zone],
                       .directory = options_.directories[zone],
                       .state = zones_[zone].state.load(),
                       .reason = zones_[zone].reason,
                       .progress = zones_[zone].progress,
                       .is_held = zones_[zone].is_held});
    }
    return all;
}

void ZoneSetImpl::report_success(std::size_t zone, runtime::Duration took) {
    if (took >= options_.suspect_after) {
        make_suspect(zone, took);
    }
}

void ZoneSetImpl::report_failure(std::size_t zone, const Error& error) {
    put_out(zone, error.message);
}

void ZoneSetImpl::force_out(std::size_t zone, std::string reason) {
    put_out(zone, std::move(reason));
}

void ZoneSetImpl::report_pending(std::size_t zone, runtime::Duration pending_for) {
    const runtime::Duration well = others_well_for(zone);
    // When what held all of them up ends, one is the last to notice: its time counts from when the
    // others are well. But others that are slow now and then do not excuse one that hangs.
    const bool is_late = pending_for >= options_.out_after && well >= options_.out_after;
    const bool hangs = pending_for >= kHangs * options_.out_after && well >= options_.suspect_after;
    if (is_late || hangs) {
        put_out(zone, fmt::format("an operation has been pending for {} ms", in_ms(pending_for)));
    } else if (pending_for >= options_.suspect_after) {
        make_suspect(zone, pending_for);
    }
}

/// Zero when one is not.
runtime::Duration ZoneSetImpl::others_well_for(std::size_t zone) const {
    const std::scoped_lock lock(mutex_);
    runtime::Instant since{};
    for (std::size_t other = 0; other < kZones; ++other) {
        if (other != zone && state(other) != ZoneState::Ok) {
            return runtime::Duration::zero();
        }
        if (other != zone) {
            since = std::max(since, zones_[other].well_since);
        }
    }
    return runtime::steady_now() - since;
}

void ZoneSetImpl::make_suspect(std::size_t zone, runtime::Duration pending_for) {
    const std::scoped_lock lock(mutex_);
    Zone& it = zones_.at(zone);
    if (it.state.load() == ZoneState::Ok) {
        it.reason = fmt::format("an operation has been pending for {} ms", in_ms(pending_for));
        it.state = ZoneState::Suspect;
    }
}

void ZoneSetImpl::make_well(std::size_t zone) {
    const std::scoped_lock lock(mutex_);
    Zone& it = zones_.at(zone);
    if (it.state.load() == ZoneState::Suspect) {
        it.reason.clear();
        it.well_since = runtime::steady_now();
        it.state = ZoneState::Ok;
    }
}

void ZoneSetImpl::put_out(std::size_t zone,
                          std::string reason,
                          std::optional<std::uint64_t> incarnation) {
    {
        const std::scoped_lock lock(mutex_);
        Zone& it = zones_.at(zone);
        if (is_ended_ || it.state.load() == ZoneState::Out ||
            (incarnation && *incarnation != it.incarnation)) {
            return;
        }
        it.state = ZoneState::Out;
        it.reason = std::move(reason);
        it.progress = 0.0;
        it.is_joining = false;
        // Calls that hang in the old incarnation say nothing about the next one.
        ++it.incarnation;
        it.watch = make_watch_locked(zone);
        it.recorded = 0;
        update_incomplete_locked();
        record_locked();
        answer_recorded_locked();
    }
    const std::scoped_lock lock(telling_mutex_);
    for (ZoneMember* member : members_) {
        member->zone_went_out(zone);
    }
}

}  // namespace antipode::zone
