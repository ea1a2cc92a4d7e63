#include <algorithm>

#include "replication/sender.h"

// Metadata run ahead of data: what is on its way is told to the destination by name.
namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kAnnouncePage = 500;
constexpr std::size_t kFailedMax = 1000;
constexpr runtime::Duration kAnnounceEvery = 500ms;
constexpr runtime::Duration kAfterRefusal = 5s;

}  // namespace

std::vector<Announced> Sender::announced_of(const std::vector<catalog::Change>& changes) const {
    std::vector<Announced> out;
    const std::scoped_lock lock(mutex_);
    for (const catalog::Change& change : changes) {
        const bool is_confirmed =
            resumed_.has(change.revision) ||
            (change.revision <= read_to_ && !unconfirmed_.contains(change.revision));
        if (!is_confirmed && wants(change)) {
            out.push_back({.revision = change.revision,
                           .is_purge = change.kind == catalog::ChangeKind::Purge,
                           .key = change.key,
                           .order = change.order,
                           .is_null = change.is_null,
                           .size_bytes = change.size_bytes,
                           .committed_ms = ms_from_hlc(change.committed)});
        }
    }
    return out;
}

/// Exceptions lie behind the cursor, so the log alone would not tell them.
void Sender::add_failed(Announcement& announcement, std::uint64_t& told) const {
    const std::scoped_lock lock(mutex_);
    if (told == exceptions_stamp_) {
        return;
    }
    told = exceptions_stamp_;
    announcement.has_failed = true;
    for (const ReplicationException& one : exceptions_) {
        if (announcement.failed.size() < kFailedMax && !one.is_excluded) {
            announcement.failed.push_back({.revision = 0,
                                           .is_purge = one.is_purge,
                                           .key = one.key,
                                           .order = one.order,
                                           .is_null = one.is_null,
                                           .size_bytes = one.size_bytes,
                                           .committed_ms = one.committed_ms});
        }
    }
}

Task<Result<bool>> Sender::announce_page(AnnouncePlace& place) {
    // In this order: every commit before `safe` has a revision at or below `head`.
    const Hlc safe = partition().safe_time();
    CO_TRY(const std::uint64_t head, co_await partition().revision());
    Announcement announcement;
    announcement.rule = header();
    {
        const std::scoped_lock lock(mutex_);
        announcement.cursor = cursor_.revision;
        announcement.history_left =
            cursor_.history_done
                ? 0
                : cursor_.history_total - std::min(cursor_.history_copied, cursor_.history_total);
    }
    std::uint64_t told_to = std::max(place.told_to, announcement.cursor);
    CO_TRY(const auto changes, co_await partition().read_changes(told_to, kAnnouncePage));
    announcement.changes = announced_of(changes);
    const bool has_more = changes.size() == kAnnouncePage;
    if (!changes.empty()) {
        told_to = changes.back().revision;
    }
    announcement.known_to_ms = has_more ? place.known_to_ms : ms_from_hlc(safe);
    const std::int64_t known_to_ms = announcement.known_to_ms;
    std::uint64_t failed_told = place.failed_told;
    add_failed(announcement, failed_told);
    CO_TRY_VOID(co_await peer_->announce(std::move(announcement)));
    place = {.told_to = has_more ? told_to : std::max(told_to, head),
             .known_to_ms = known_to_ms,
             .failed_told = failed_told};
    co_return has_more;
}

/// What fails here fails the changes too, which say so.
Task<void> Sender::announce() {
    AnnouncePlace place;
    while (!is_stopping_ && !is_fenced_) {
        const auto has_more = co_await announce_page(place);
        const bool is_refused = !has_more && !has_more.error().retryable();
        if (!has_more || !*has_more) {
            co_await pause(is_refused ? kAfterRefusal : kAnnounceEvery);
        }
    }
}

}  // namespace antipode::replication
