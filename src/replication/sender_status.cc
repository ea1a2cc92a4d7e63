#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/mutant.h"
#include "replication/sender.h"

// What a rule's sender shows of itself: read from log and cursor, not from tallies (promise 9).
// Rates and lags are what was seen lately.
namespace antipode::replication {

using namespace std::chrono_literals;

namespace {

constexpr runtime::Duration kRateWindow = 30s;
constexpr std::size_t kCountPage = 2000;
constexpr std::size_t kGlancePage = 200;

double percentile(std::vector<double> values, double share) {
    if (values.empty()) {
        return 0;
    }
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
    return values[at];
}

}  // namespace

/// On the sender's executor, at every tick.
void Sender::measure_rate() {
    const runtime::Instant now = place_.executor->now();
    const std::scoped_lock lock(mutex_);
    samples_.push_back(
        {.at = now, .operations = operations_sent_, .bytes = *place_.throttles.passed});
    while (samples_.size() > 2 && samples_[1].at <= now - kRateWindow) {
        samples_.pop_front();
    }
    const Sample& first = samples_.front();
    const double seconds = std::chrono::duration<double>(now - first.at).count();
    if (seconds > 0) {
        operations_per_second_ = static_cast<double>(operations_sent_ - first.operations) / seconds;
        bytes_per_second_ = static_cast<double>(samples_.back().bytes - first.bytes) / seconds;
    }
}

void Sender::note_failure(const Error& error) {
    const std::scoped_lock lock(mutex_);
    is_reachable_ = false;
    last_error_ = fmt::format("{}: {}", name_of(error.code), error.message);
    if (error.code == ErrorCode::Fenced) {
        is_fenced_ = true;
    }
}

void Sender::note_success(std::uint64_t operations, std::uint64_t bytes, std::uint64_t wire_bytes) {
    const std::scoped_lock lock(mutex_);
    is_reachable_ = true;
    last_error_.clear();
    operations_sent_ += operations;
    bytes_sent_ += bytes;
    wire_bytes_sent_ += wire_bytes;
}

RuleStatus Sender::status() const {
    const std::scoped_lock lock(mutex_);
    RuleStatus out;
    out.bucket = bucket_->config()->name.str();
    out.rule = rule_;
    for (const ReplicationRule& rule : bucket_->config()->rules) {
        if (rule.id == rule_.id) {
            out.rule = rule;
        }
    }
    out.is_reachable = is_reachable_;
    out.is_fenced = is_fenced_;
    out.last_error = last_error_;
    out.head_revision = head_;
    out.cursor_revision = cursor_.revision;
    out.backlog_operations = unconfirmed_.size();
    Hlc oldest = unconfirmed_.empty() ? 0 : unconfirmed_.begin()->second.first;
    for (const auto& [revision, change] : unconfirmed_) {
        out.backlog_bytes += change.second;
        oldest = std::min(oldest, change.first);
    }
    out.oldest_pending_ms = ms_from_hlc(oldest);
    out.recovery_point_ms = ms_from_hlc(recovery_point_);
    for (const ReplicationException& exception : exceptions_) {
        if (exception.is_excluded) {
            continue;
        }
        out.exceptions += 1;
        out.recovery_point_ms = std::min(out.recovery_point_ms, exception.committed_ms - 1);
        out.backlog_operations += 1;
        out.backlog_bytes += exception.size_bytes;
        out.oldest_pending_ms = out.oldest_pending_ms == 0
                                    ? exception.committed_ms
                                    : std::min(out.oldest_pending_ms, exception.committed_ms);
    }
    out.history_total = cursor_.history_total;
    out.history_copied = cursor_.history_copied;
    for (const auto& [number, unit] : history_units_) {
        out.history_copied += unit.copied;
    }
    out.history_done = cursor_.history_done;
    if (is_planted(Mutant::CaughtUpDuringHistory)) {
        out.history_done = true;
        out.history_copied = out.history_total;
    }
    out.operations_sent = operations_sent_;
    out.bytes_sent = bytes_sent_;
    out.wire_bytes_sent = wire_bytes_sent_;
    const std::vector<double> lags(lags_ms_.begin(), lags_ms_.end());
    out.operations_per_second = operations_per_second_;
    out.bytes_per_second = bytes_per_second_;
    out.limits = limits_;
    out.lag_p50_ms = percentile(lags, 0.5);
    out.lag_p99_ms = percentile(lags, 0.99);
    out.lag_max_ms = percentile(lags, 1.0);
    return out;
}

Task<Result<Sender::Unread>> Sender::count_unread() {
    std::uint64_t after = 0;
    RuleCursor resumed;
    {
        const std::scoped_lock lock(mutex_);
        resumed = resumed_;
        // Before the rule is connected its cursor has not been loaded: nothing can be said of it.
        after = read_to_;
    }
    Unread unread;
    if (is_planted(Mutant::PendingIsWhatWasRead) ||
        (is_planted(Mutant::NeverLetInIsCaughtUp) && after == resumed.revision)) {
        co_return unread;
    }
    while (true) {
        CO_TRY(const auto changes, co_await partition().read_changes(after, kCountPage));
        for (const catalog::Change& change : changes) {
            after = change.revision;
            if (wants(change) && !resumed.has(change.revision)) {
                ++unread.operations;
                unread.bytes += change.size_bytes;
                const std::int64_t committed_ms = ms_from_hlc(change.committed);
                unread.oldest_ms =
                    unread.oldest_ms == 0 ? committed_ms : std::min(unread.oldest_ms, committed_ms);
            }
        }
        if (changes.size() < kCountPage) {
            co_return unread;
        }
    }
}

Task<Result<std::int64_t>> Sender::oldest_unread_ms() {
    std::uint64_t after = 0;
    RuleCursor resumed;
    {
        const std::scoped_lock lock(mutex_);
        resumed = resumed_;
        after = read_to_;
    }
    CO_TRY(const auto changes, co_await partition().read_changes(after, kGlancePage));
    for (const catalog::Change& change : changes) {
        if (wants(change) && !resumed.has(change.revision)) {
            co_return ms_from_hlc(change.committed);
        }
    }
    co_return 0;
}

bool Sender::is_beyond(std::uint64_t revision) const {
    const std::scoped_lock lock(mutex_);
    return cursor_.revision >= revision && cursor_.history_done &&
           std::ranges::all_of(exceptions_, &ReplicationException::is_excluded);
}

std::uint64_t Sender::cursor_revision() const {
    const std::scoped_lock lock(mutex_);
    return std::min(cursor_.revision, saved_.revision);
}

void Sender::retry_now(std::string key) {
    const std::scoped_lock lock(mutex_);
    for (ReplicationException& exception : exceptions_) {
        if (key.empty() || exception.key == key) {
            exception.next_try_ms = 0;
        }
    }
}

std::set<std::pair<std::string, std::string>> Sender::excluded() const {
    std::set<std::pair<std::string, std::string>> out;
    const std::scoped_lock lock(mutex_);
    for (const ReplicationException& exception : exceptions_) {
        if (exception.is_excluded) {
            out.emplace(exception.key, to_version_id(exception.order));
        }
    }
    return out;
}

std::vector<ReplicationException> Sender::exceptions() const {
    const std::scoped_lock lock(mutex_);
    return exceptions_;
}

}  // namespace antipode::replication
