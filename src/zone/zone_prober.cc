#include <algorithm>

#include <fmt/format.h>

#include "base/mutant.h"
#include "zone/zone_set_impl.h"

namespace antipode::zone {

namespace {

constexpr std::chrono::milliseconds kTick{20};
/// A directory that was removed takes writes for ever (its files are only unlinked), so it is
/// looked at often.
constexpr std::chrono::milliseconds kLookEvery{200};
/// A prober that hangs this long is left behind for a new one: the directory may be another mount
/// by now.
constexpr std::chrono::seconds kProberMax{30};

}  // namespace

void ZoneSetImpl::start_probing(runtime::Executor& executor) {
    {
        const std::scoped_lock lock(mutex_);
        executor_ = &executor;
        begin_recording_locked();
    }
    monitor_thread_ = std::make_unique<runtime::DiskThreads>("zone-monitor", 1, 1);
    monitor_thread_->post([this] { monitor(); });
}

void ZoneSetImpl::monitor() {
    std::unique_lock lock(mutex_);
    while (!stop_monitor_.wait_for(lock, kTick, [this] { return is_stopping_; })) {
        lock.unlock();
        tick();
        lock.lock();
    }
}

void ZoneSetImpl::tick() {
    const runtime::Instant now = runtime::steady_now();
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        judge_pending(zone);
        post_probe(zone, now);
    }
}

void ZoneSetImpl::judge_pending(std::size_t zone) {
    if (is_planted(Mutant::HungZoneIsWaitedFor)) {
        return;
    }
    const runtime::Duration pending = watch(zone)->pending_for();
    switch (state(zone)) {
        case ZoneState::Ok:
            report_pending(zone, pending);
            break;
        case ZoneState::Suspect:
            if (pending < options_.suspect_after) {
                make_well(zone);
            } else {
                report_pending(zone, pending);
            }
            break;
        case ZoneState::CatchingUp:
            if (pending >= options_.out_after) {
                put_out(zone, "it stopped answering while it was catching up");
            }
            break;
        case ZoneState::Out:
            break;
    }
}

void ZoneSetImpl::post_probe(std::size_t zone, runtime::Instant now) {
    const std::scoped_lock lock(mutex_);
    Zone& it = zones_[zone];
    if (it.is_held) {
        return;
    }
    const bool is_probing = it.line->is_probing.load();
    if (is_probing && now - it.looked_at > kProberMax) {
        it.prober->stop(runtime::Duration::zero());
        it.prober = std::make_unique<runtime::DiskThreads>("probe-" + options_.names[zone], 1, 16);
        it.line = lines_.emplace_back(std::make_shared<Line>());
        it.line->owner = this;
    } else if (is_probing ||
               now - it.looked_at < std::min<runtime::Duration>(kLookEvery, options_.probe_every)) {
        return;
    }
    it.looked_at = now;
    const bool with_write = now - it.probed_at >= options_.probe_every;
    if (with_write) {
        it.probed_at = now;
        ++probe_number_;
    }
    it.line->is_probing = true;
    const bool is_posted = it.prober->post([line = it.line,
                                            zone,
                                            with_write,
                                            watch = it.watch,
                                            number = probe_number_,
                                            held = it.lock ? it.lock->id() : std::nullopt,
                                            &files = files_,
                                            directory = options_.directories[zone]] {
        Probe probe;
        {
            const ZoneOperation operation(watch);
            const runtime::Instant start = runtime::steady_now();
            probe.found = inspect(files, directory);
            probe.is_another = held && files.lock_id(directory + "/zone.lock") != held;
            if (probe.found && probe.found->finding != Finding::Missing && with_write) {
                probe.works = zone::probe(files, directory, number);
            }
            probe.took = runtime::steady_now() - start;
        }
        const std::scoped_lock line_lock(line->mutex);
        line->is_probing = false;
        if (line->owner != nullptr && (with_write || !line->owner->is_absent(zone))) {
            line->owner->take_probe(zone, probe);
        }
    });
    if (!is_posted) {
        it.line->is_probing = false;
    }
}

void ZoneSetImpl::take_probe(std::size_t zone, const Probe& probe) {
    if (is_absent(zone)) {
        judge_absent(zone, probe);
    } else {
        judge_member(zone, probe);
    }
}

void ZoneSetImpl::judge_member(std::size_t zone, const Probe& probe) {
    std::string zone_id;
    {
        const std::scoped_lock lock(mutex_);
        zone_id = zones_[zone].zone_id;
    }
    if (!probe.found) {
        put_out(zone, probe.found.error().message);
    } else if (probe.found->finding == Finding::Missing) {
        put_out(zone, "the directory is missing");
    } else if (state(zone) != ZoneState::CatchingUp &&
               (probe.found->finding != Finding::Identified ||
                probe.found->identity.zone_id != zone_id || probe.is_another)) {
        put_out(zone, "the directory was replaced");
    } else if (!probe.works) {
        put_out(zone, probe.works.error().message);
    }
}

void ZoneSetImpl::judge_absent(std::size_t zone, const Probe& probe) {
    const auto why_not = [&]() -> std::string {
        if (!probe.found) {
            return probe.found.error().message;
        }
        if (!probe.works) {
            return probe.works.error().message;
        }
        switch (probe.found->finding) {
            case Finding::Missing:
                return "the directory is missing";
            case Finding::Stranger:
                return fmt::format("the directory is no zone: it holds {} but no zone.json",
                                   probe.found->stranger);
            case Finding::Identified:
                if (probe.found->identity.region_id != region_id_ ||
                    probe.found->identity.zone != options_.names[zone]) {
                    return fmt::format("the directory belongs to {} of region {} ({})",
                                       probe.found->identity.zone,
                                       probe.found->identity.region,
                                       probe.found->identity.region_id);
                }
                break;
            case Finding::Empty:
                break;
        }
        return probe.took < options_.suspect_after ? "" : "it answers slowly";
    }();
    const std::scoped_lock lock(mutex_);
    Zone& it = zones_[zone];
    if (it.state.load() != ZoneState::Out || it.is_held || is_stopping_) {
        return;
    }
    if (!why_not.empty()) {
        it.reason = why_not;
    } else if (runtime::steady_now() >= it.rejoin_not_before) {
        it.state = ZoneState::CatchingUp;
        rejoins_.spawn(*executor_, rejoin(zone));
    }
}

}  // namespace antipode::zone
