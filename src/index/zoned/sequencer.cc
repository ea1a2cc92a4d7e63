#include "index/zoned/sequencer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"

namespace antipode::index {

Sequencer::Sequencer(SequencerOptions options, const Applied& last, std::uint64_t epoch)
    : options_(options),
      epoch_(epoch),
      front_(last.lsn + 1),
      committed_(last.lsn),
      committed_position_(last.position),
      tail_(last.position) {}

Sequencer::Answers::~Answers() {
    for (const auto& [waiter, outcome] : outcomes) {
        waiter.set(outcome);
    }
    for (const runtime::OneShot<bool>& waiter : room) {
        waiter.set(true);
    }
}

// --- Zones ---

bool Sequencer::attach(std::size_t zone, Lsn last, std::uint64_t* incarnation) {
    const std::scoped_lock lock(mutex_);
    ZoneProgress& it = zones_.at(zone);
    CHECK(!it.is_attached);
    if (last + 1 < front_ || last > tail_lsn() || is_stopping_) {
        return false;
    }
    it.is_attached = true;
    it.counts = false;
    it.durable = last;
    it.durable_end = position_behind(last);
    it.applied = std::min(last, committed_);
    *incarnation = ++it.incarnation;
    return true;
}

void Sequencer::count(std::size_t zone) {
    Answers answers;
    const std::scoped_lock lock(mutex_);
    if (zones_.at(zone).is_attached) {
        zones_.at(zone).counts = true;
        advance(answers);
    }
}

void Sequencer::detach(std::size_t zone) {
    Answers answers;
    const std::scoped_lock lock(mutex_);
    ZoneProgress& it = zones_.at(zone);
    it.is_attached = false;
    it.counts = false;
    ++it.incarnation;
    it.to_write.notify_all();
    it.to_apply.notify_all();
    trim(answers);
}

std::size_t Sequencer::counting_locked() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(zones_, [](const ZoneProgress& it) { return it.counts; }));
}

std::size_t Sequencer::counting() const {
    const std::scoped_lock lock(mutex_);
    return counting_locked();
}

bool Sequencer::is_attached(std::size_t zone) const {
    const std::scoped_lock lock(mutex_);
    return zones_.at(zone).is_attached;
}

bool Sequencer::is_counting(std::size_t zone) const {
    const std::scoped_lock lock(mutex_);
    return zones_.at(zone).counts;
}

bool Sequencer::is_current(std::size_t zone, std::uint64_t incarnation) const {
    return zones_[zone].is_attached && zones_[zone].incarnation == incarnation && !is_stopping_;
}

Sequencer::Records Sequencer::collect(Lsn after, Lsn up_to, std::size_t bytes_max) const {
    Records records;
    std::size_t bytes = 0;
    for (Lsn lsn = after + 1; lsn <= up_to && bytes < bytes_max; ++lsn) {
        const auto& record = queue_[lsn - front_].record;
        bytes += record->bytes.size();
        records.push_back(record);
    }
    return records;
}

/// `last` is in the queue or directly before it.
std::uint64_t Sequencer::position_behind(Lsn last) const {
    if (last == tail_lsn()) {
        return tail_;
    }
    return queue_[last + 1 - front_].record->position;
}

Sequencer::Records Sequencer::take_to_write(std::size_t zone,
                                            std::uint64_t incarnation,
                                            std::size_t bytes_max) {
    std::unique_lock lock(mutex_);
    ZoneProgress& it = zones_[zone];
    it.to_write.wait(lock,
                     [&] { return !is_current(zone, incarnation) || it.durable < tail_lsn(); });
    return is_current(zone, incarnation) ? collect(it.durable, tail_lsn(), bytes_max) : Records();
}

void Sequencer::written(std::size_t zone, std::uint64_t incarnation, Lsn last) {
    Answers answers;
    const std::scoped_lock lock(mutex_);
    if (!is_current(zone, incarnation)) {
        return;
    }
    zones_[zone].durable = last;
    zones_[zone].durable_end = position_behind(last);
    advance(answers);
    notify_appliers();
}

Sequencer::Records Sequencer::take_to_apply(std::size_t zone,
                                            std::uint64_t incarnation,
                                            std::size_t bytes_max) {
    std::unique_lock lock(mutex_);
    ZoneProgress& it = zones_[zone];
    const auto ready = [&] { return std::min(committed_, it.durable); };
    it.to_apply.wait(lock, [&] { return !is_current(zone, incarnation) || it.applied < ready(); });
    return is_current(zone, incarnation) ? collect(it.applied, ready(), bytes_max) : Records();
}

void Sequencer::applied(std::size_t zone, std::uint64_t incarnation, Lsn last) {
    Answers answers;
    const std::scoped_lock lock(mutex_);
    if (is_current(zone, incarnation)) {
        zones_[zone].applied = last;
        trim(answers);
    }
}

void Sequencer::notify_appliers() {
    for (ZoneProgress& it : zones_) {
        if (it.is_attached && it.applied < std::min(committed_, it.durable)) {
            it.to_apply.notify_one();
        }
    }
}

/// Committed is what two zones that count have: the second highest of what is durable.
void Sequencer::advance(Answers& answers) {
    Lsn highest = 0;
    Lsn second = 0;
    for (const ZoneProgress& it : zones_) {
        const Lsn durable = it.counts ? it.durable : 0;
        second = std::max(second, std::min(highest, durable));
        highest = std::max(highest, durable);
    }
    if (is_planted(Mutant::CommitAfterOneZone)) {
        second = highest;
    }
    if (is_planted(Mutant::HungZoneIsWaitedFor)) {
        for (const ZoneProgress& it : zones_) {
            second = it.counts ? std::min(second, it.durable) : second;
        }
    }
    const runtime::Instant now = committed_ < second ? runtime::steady_now() : runtime::Instant{};
    while (committed_ < second) {
        ++committed_;
        Sequenced& it = queue_[committed_ - front_];
        metrics_.commit_time.record(now - it.since);
        committed_position_ = it.record->end();
        if (it.partition != nullptr) {
            it.partition->committed_revision = it.record->revision;
        }
        for (Waiter& waiter : std::exchange(it.waiters, {})) {
            answers.outcomes.emplace_back(std::move(waiter), Outcome::Committed);
        }
        is_stalled_ = false;
    }
}

void Sequencer::trim(Answers& answers) {
    Lsn bound = committed_;
    bool is_any_attached = false;
    for (const ZoneProgress& it : zones_) {
        if (it.is_attached) {
            is_any_attached = true;
            bound = std::min(bound, it.applied);
        }
    }
    if (!is_any_attached) {
        return;
    }
    if (!pins_.empty()) {
        bound = std::min(bound, *pins_.begin());
    }
    while (front_ <= bound) {
        Sequenced& it = queue_.front();
        if (it.partition != nullptr) {
            it.partition->remove(*it.record, it.places);
        }
        queue_bytes_ -= it.record->bytes.size();
        queue_.pop_front();
        ++front_;
    }
    if (!waiting_for_room_.empty() && queue_bytes_ < options_.queue_bytes_max / 4 * 3) {
        answers.room = std::exchange(waiting_for_room_, {});
    }
}

std::optional<std::size_t> Sequencer::laggard() const {
    const std::scoped_lock lock(mutex_);
    if (queue_bytes_ < options_.queue_bytes_max / 2) {
        return std::nullopt;
    }
    for (std::size_t zone = 0; zone < zones_.size(); ++zone) {
        std::size_t well = 0;
        for (std::size_t other = 0; other < zones_.size(); ++other) {
            // Well: it has applied three quarters of what is here.
            const bool keeps_pace = zones_[other].applied + queue_.size() / 4 >= tail_lsn();
            well += other != zone && zones_[other].counts && keeps_pace ? 1 : 0;
        }
        if (well == 2 && zones_[zone].is_attached &&
            zones_[zone].applied < front_ + queue_.size() / 4) {
            return zone;
        }
    }
    return std::nullopt;
}

void Sequencer::tick() {
    Answers answers;
    const std::scoped_lock lock(mutex_);
    const runtime::Instant now = runtime::steady_now();
    is_stalled_ =
        committed_ < tail_lsn() && now - queue_[committed_ + 1 - front_].since > options_.stall_max;
    for (Lsn lsn = committed_ + 1; lsn <= tail_lsn(); ++lsn) {
        Sequenced& it = queue_[lsn - front_];
        if (now - it.since < options_.commit_max) {
            break;
        }
        for (Waiter& waiter : std::exchange(it.waiters, {})) {
            answers.outcomes.emplace_back(std::move(waiter), Outcome::Unknown);
        }
    }
    if (is_stalled_) {
        answers.room = std::exchange(waiting_for_room_, {});  // They look again and are refused.
    }
}

void Sequencer::stop() {
    Answers answers;
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
    for (Sequenced& it : queue_) {
        for (Waiter& waiter : std::exchange(it.waiters, {})) {
            answers.outcomes.emplace_back(std::move(waiter), Outcome::Unknown);
        }
    }
    answers.room = std::exchange(waiting_for_room_, {});
    for (ZoneProgress& it : zones_) {
        it.to_write.notify_all();
        it.to_apply.notify_all();
    }
}

Sequencer::Progress Sequencer::progress(std::size_t zone) const {
    const std::scoped_lock lock(mutex_);
    const ZoneProgress& it = zones_.at(zone);
    Progress progress{
        .committed = committed_, .durable = it.durable, .applied = it.applied, .tail = tail_};
    progress.lag_bytes = tail_ - it.durable_end;
    if (it.durable >= committed_) {
        progress.durable_position = committed_position_;
    } else if (it.durable >= front_) {
        progress.durable_position = queue_[it.durable - front_].record->end();
    } else if (!queue_.empty()) {
        progress.durable_position = queue_.front().record->position;
    }
    return progress;
}

Lsn Sequencer::committed() const {
    const std::scoped_lock lock(mutex_);
    return committed_;
}

}  // namespace antipode::index
