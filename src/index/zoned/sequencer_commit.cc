#include <algorithm>
#include <utility>

#include "base/check.h"
#include "index/zoned/sequencer.h"

namespace antipode::index {

PartitionOverlay* Sequencer::find(const PartitionId& partition) const {
    const auto found = partitions_.find(partition);
    return found == partitions_.end() ? nullptr : found->second.get();
}

bool Sequencer::is_loaded(const PartitionId& partition) const {
    const std::scoped_lock lock(mutex_);
    return find(partition) != nullptr;
}

void Sequencer::load(const PartitionId& partition, PartitionState state) {
    const std::scoped_lock lock(mutex_);
    std::unique_ptr<PartitionOverlay>& place = partitions_[partition];
    if (!place) {
        place = std::make_unique<PartitionOverlay>(state);
    }
}

std::optional<std::uint64_t> Sequencer::committed_revision(const PartitionId& partition) const {
    const std::scoped_lock lock(mutex_);
    const PartitionOverlay* state = find(partition);
    return state == nullptr ? std::nullopt : std::optional(state->committed_revision);
}

std::optional<Sequencer::Attempt> Sequencer::refuse() const {
    Attempt attempt;
    if (is_stopping_) {
        attempt.refusal = {ErrorCode::Unavailable, "the store is closing"};
        return attempt;
    }
    if (counting_locked() < 2) {
        attempt.refusal = {ErrorCode::Unavailable, "fewer than two zones can take writes"};
        return attempt;
    }
    if (is_stalled_) {
        attempt.refusal = {ErrorCode::Unavailable, "fewer than two zones answer"};
        return attempt;
    }
    return std::nullopt;
}

std::optional<Sequencer::Attempt> Sequencer::refuse_or_wait_for_room() {
    if (auto refused = refuse()) {
        return refused;
    }
    if (queue_bytes_ >= options_.queue_bytes_max) {
        Attempt attempt;
        attempt.kind = Attempt::Kind::NoRoom;
        attempt.room = waiting_for_room_.emplace_back();
        return attempt;
    }
    return std::nullopt;
}

RecordPlace Sequencer::next_place() const {
    return {.lsn = tail_lsn() + 1, .epoch = epoch_, .committed = committed_, .position = tail_};
}

Sequencer::Waiter Sequencer::append(std::shared_ptr<const LogRecord> record,
                                    PartitionOverlay* partition) {
    CHECK(record->lsn() == tail_lsn() + 1);
    Sequenced it{.record = std::move(record),
                 .partition = partition,
                 .places = {},
                 .waiters = {},
                 .since = runtime::steady_now()};
    if (partition != nullptr) {
        it.places = partition->add(*it.record);
    }
    tail_ = it.record->end();
    queue_bytes_ += it.record->bytes.size();
    Waiter waiter = it.waiters.emplace_back();
    queue_.push_back(std::move(it));
    for (ZoneProgress& zone : zones_) {
        if (zone.is_attached) {
            zone.to_write.notify_one();
        }
    }
    return waiter;
}

std::optional<Sequencer::Waiter> Sequencer::wait_for(Lsn lsn) {
    if (lsn <= committed_) {
        return std::nullopt;
    }
    return queue_[lsn - front_].waiters.emplace_back();
}

/// A refusal is true only when what it rests on cannot be lost any more.
Sequencer::Attempt Sequencer::refused_after(ErrorCode code, std::string message, Lsn decided_by) {
    Attempt attempt;
    attempt.refusal = {code, std::move(message)};
    attempt.wait = wait_for(decided_by);
    return attempt;
}

std::optional<Sequencer::Attempt> Sequencer::check_fence(const PartitionOverlay& state,
                                                         std::uint64_t fence) {
    if (fence != 0 && fence == state.fence) {
        return std::nullopt;
    }
    return refused_after(ErrorCode::Fenced, "the partition has another owner", state.fence_lsn);
}

Sequencer::Attempt Sequencer::commit(const PartitionId& partition,
                                     const Commit& change,
                                     const BaseRows& base) {
    const std::scoped_lock lock(mutex_);
    if (auto attempt = base.pins.empty() ? refuse_or_wait_for_room() : refuse()) {
        return std::move(*attempt);
    }
    Attempt attempt;
    PartitionOverlay* state = find(partition);
    if (state == nullptr) {
        attempt.kind = Attempt::Kind::NeedsPartition;
        return attempt;
    }
    if (auto fenced = check_fence(*state, change.fence)) {
        return std::move(*fenced);
    }
    for (const Guard& guard : change.guards) {
        const Sight sight = state->look(guard.key, kNewest);
        std::optional<std::string_view> actual;
        if (sight.kind == Sight::Kind::Present) {
            actual = sight.value;
        } else if (sight.kind == Sight::Kind::Base) {
            const auto found = base.rows.find(guard.key);
            if (found == base.rows.end()) {
                attempt.keys.push_back(guard.key);
                continue;
            }
            actual = found->second;
        }
        if (actual != guard.expected) {
            return refused_after(
                ErrorCode::Conflict, "a row is not what the commit expects", sight.lsn);
        }
    }
    if (!attempt.keys.empty()) {
        attempt.kind = Attempt::Kind::NeedsRows;
        pins_.insert(front_ - 1);
        attempt.pin = Pin(shared_from_this(), front_ - 1);
        return attempt;
    }
    attempt.kind = Attempt::Kind::Sequenced;
    attempt.number = ++state->revision;
    attempt.wait =
        append(make_commit_record(next_place(), partition, attempt.number, change), state);
    return attempt;
}

Sequencer::Attempt Sequencer::acquire(const PartitionId& partition) {
    const std::scoped_lock lock(mutex_);
    if (auto attempt = refuse_or_wait_for_room()) {
        return std::move(*attempt);
    }
    Attempt attempt;
    PartitionOverlay* state = find(partition);
    if (state == nullptr) {
        attempt.kind = Attempt::Kind::NeedsPartition;
        return attempt;
    }
    attempt.kind = Attempt::Kind::Sequenced;
    attempt.number = ++state->fence;
    state->fence_lsn = tail_lsn() + 1;
    attempt.wait =
        append(make_acquire_record(next_place(), partition, state->fence, state->revision), state);
    return attempt;
}

Sequencer::Attempt Sequencer::drop(const PartitionId& partition, std::uint64_t fence) {
    const std::scoped_lock lock(mutex_);
    if (auto attempt = refuse_or_wait_for_room()) {
        return std::move(*attempt);
    }
    Attempt attempt;
    PartitionOverlay* state = find(partition);
    if (state == nullptr) {
        attempt.kind = Attempt::Kind::NeedsPartition;
        return attempt;
    }
    if (auto fenced = check_fence(*state, fence)) {
        return std::move(*fenced);
    }
    attempt.kind = Attempt::Kind::Sequenced;
    attempt.wait =
        append(make_drop_record(next_place(), partition, state->fence, state->revision), state);
    return attempt;
}

Sequencer::Attempt Sequencer::begin_epoch() {
    const std::scoped_lock lock(mutex_);
    Attempt attempt;
    attempt.kind = Attempt::Kind::Sequenced;
    attempt.wait = append(make_epoch_record(next_place()), nullptr);
    return attempt;
}

// --- Reads ---

Sequencer::Pin Sequencer::pin() {
    const std::scoped_lock lock(mutex_);
    pins_.insert(front_ - 1);
    return {shared_from_this(), front_ - 1};
}

void Sequencer::unpin(Lsn lsn) {
    Answers answers;
    const std::scoped_lock lock(mutex_);
    pins_.erase(pins_.find(lsn));
    trim(answers);
}

void Sequencer::Pin::release() {
    if (owner_) {
        std::exchange(owner_, nullptr)->unpin(lsn_);
    }
}

Sequencer::Pin& Sequencer::Pin::operator=(Pin&& other) noexcept {
    if (this != &other) {
        release();
        owner_ = std::move(other.owner_);
        lsn_ = other.lsn_;
    }
    return *this;
}

std::vector<std::optional<std::string>> Sequencer::resolve(
    const PartitionId& partition,
    const std::vector<std::string>& keys,
    std::vector<std::optional<std::string>> base) const {
    const std::scoped_lock lock(mutex_);
    const PartitionOverlay* state = find(partition);
    for (std::size_t i = 0; state != nullptr && i < keys.size(); ++i) {
        const Sight sight = state->look(keys[i], committed_);
        if (sight.kind == Sight::Kind::Present) {
            base[i] = std::string(sight.value);
        } else if (sight.kind == Sight::Kind::Absent) {
            base[i].reset();
        }
    }
    return base;
}

std::optional<std::vector<std::optional<std::string>>> Sequencer::resolve_here(
    const PartitionId& partition, const std::vector<std::string>& keys) const {
    const std::scoped_lock lock(mutex_);
    const PartitionOverlay* state = find(partition);
    if (state == nullptr) {
        return std::nullopt;
    }
    std::vector<std::optional<std::string>> values(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Sight sight = state->look(keys[i], committed_);
        if (sight.kind == Sight::Kind::Base) {
            return std::nullopt;
        }
        if (sight.kind == Sight::Kind::Present) {
            values[i] = std::string(sight.value);
        }
    }
    return values;
}

Sequencer::OverlayPage Sequencer::overlay(const PartitionId& partition,
                                          std::string_view prefix,
                                          std::string_view from,
                                          std::optional<Lsn> visible) const {
    // Few enough to copy under the lock; a page that needs more asks again.
    constexpr std::size_t kRowsMax = 256;
    const std::scoped_lock lock(mutex_);
    OverlayPage page{.visible = visible.value_or(committed_), .is_last = true};
    if (const PartitionOverlay* state = find(partition)) {
        page.hides_base = state->hides_base(page.visible);
        page.rows = state->rows(prefix, from, page.visible, kRowsMax);
        page.is_last = page.rows.size() < kRowsMax;
        for (OverlayRow& row : page.rows) {
            row.record = queue_[row.lsn - front_].record;
        }
    }
    return page;
}

}  // namespace antipode::index
