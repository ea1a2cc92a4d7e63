#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "zone/zone_set_impl.h"

// Which zones miss something is durable on those that do not, so that a restart does not take an
// incomplete zone for a whole one. While fewer than two zones are members nothing is acknowledged,
// so nobody misses anything new, and the record stays: a disk that fills up under all three zones
// must not leave a region that believes none of them.
//
// Nothing is recorded before the engines have opened: whoever is away during a start that they
// refuse has missed nothing, and may be the very zone that the next start needs.

namespace antipode::zone {

void ZoneSetImpl::update_incomplete_locked() {
    std::vector<std::string> missing;
    std::vector<std::string> held;
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (!is_whole(zone)) {
            missing.push_back(options_.names[zone]);
        }
        if (zones_[zone].is_held) {
            held.push_back(options_.names[zone]);
        }
    }
    if (missing.size() <= 1 && (missing != incomplete_.zones || held != incomplete_.held)) {
        incomplete_.zones = std::move(missing);
        incomplete_.held = std::move(held);
        ++incomplete_.generation;
    }
}

void ZoneSetImpl::begin_recording_locked() {
    if (!std::exchange(may_record_, true)) {
        record_locked();
    }
}

void ZoneSetImpl::record_locked() {
    if (!may_record_) {
        return;
    }
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        Zone& it = zones_[zone];
        if (!is_whole(zone) || it.recorded == incomplete_.generation) {
            continue;
        }
        if (is_planted(Mutant::OutagesAreNotRecorded)) {
            it.recorded = incomplete_.generation;
            continue;
        }
        it.prober->post([line = it.line,
                         zone,
                         watch = it.watch,
                         &files = files_,
                         directory = options_.directories[zone],
                         incomplete = incomplete_] {
            ZoneOperation operation(watch);
            if (!operation.done(write_incomplete(files, directory, incomplete))) {
                return;
            }
            const std::scoped_lock lock(line->mutex);
            if (line->owner != nullptr) {
                line->owner->note_recorded(zone, incomplete.generation);
            }
        });
    }
}

void ZoneSetImpl::note_recorded(std::size_t zone, std::uint64_t generation) {
    const std::scoped_lock lock(mutex_);
    zones_[zone].recorded = std::max(zones_[zone].recorded, generation);
    answer_recorded_locked();
}

bool ZoneSetImpl::is_recorded_locked() const {
    for (std::size_t zone = 0; zone < kZones; ++zone) {
        if (is_whole(zone) && zones_[zone].recorded < incomplete_.generation) {
            return false;
        }
    }
    return true;
}

/// Those who wait look again themselves.
void ZoneSetImpl::answer_recorded_locked() {
    for (const runtime::OneShot<bool>& waiting : std::exchange(waiting_for_record_, {})) {
        waiting.set(true);
    }
}

Task<void> ZoneSetImpl::outages_recorded() {
    {
        const std::scoped_lock lock(mutex_);
        begin_recording_locked();
    }
    while (true) {
        const runtime::OneShot<bool> changed;
        {
            const std::scoped_lock lock(mutex_);
            if (is_stopping_ || is_recorded_locked()) {
                co_return;
            }
            waiting_for_record_.push_back(changed);
        }
        co_await changed.wait();
    }
}

}  // namespace antipode::zone
