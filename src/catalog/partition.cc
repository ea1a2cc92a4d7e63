#include "catalog/partition.h"

#include "base/check.h"
#include "base/mutant.h"
#include "base/record.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"

namespace antipode::catalog {

namespace {

constexpr std::size_t kFoldPage = 2000;
/// Recent change rows that are kept though nobody needs them: they carry the clock over a restart.
constexpr std::uint64_t kChangesKept = 1000;
constexpr std::size_t kTrimPage = 500;

std::int64_t wall_ms() {
    return runtime::Executor::current().wall_now().time_since_epoch().count();
}

}  // namespace

Partition::Ticket::~Ticket() {
    if (partition_ != nullptr) {
        const std::scoped_lock lock(partition_->mutex_);
        partition_->in_flight_.erase(partition_->in_flight_.find(hlc_));
    }
}

Task<Result<std::shared_ptr<Partition>>> Partition::open(index::IndexStore& index,
                                                         index::PartitionId id,
                                                         HybridClock& clock) {
    CO_TRY(const std::uint64_t fence, co_await index.acquire(id));
    auto partition = std::make_shared<Partition>(index, std::move(id), fence, clock);
    CO_TRY_VOID(co_await partition->load());
    co_return partition;
}

Task<Result<void>> Partition::load() {
    // How far the log was cut is not saved: a peer that was away may have kept any of it, and the
    // next checkpoint looks from the beginning.
    CO_TRY(const auto row, co_await get(std::string(rows::kTotals)));
    if (row) {
        CO_TRY(totals_, decode_totals(*row));
    }
    CO_TRY_VOID(co_await fold());
    // The clock goes on after the latest commits even when civil time has jumped back.
    const std::uint64_t recent =
        totals_.revision > kChangesKept ? totals_.revision - kChangesKept : 0;
    CO_TRY(const auto changes, co_await read_changes(recent, kChangesKept + 1));
    for (const Change& change : changes) {
        clock_.observe(change.committed);
    }
    co_return Result<void>{};
}

Partition::Ticket Partition::begin(Hlc after) {
    clock_.observe(after);
    const std::scoped_lock lock(mutex_);
    const Hlc hlc = clock_.tick(wall_ms());
    in_flight_.insert(hlc);
    return {*this, hlc};
}

Hlc Partition::safe_time() {
    const std::scoped_lock lock(mutex_);
    if (is_planted(Mutant::OpenCommitsDoNotCount)) {
        return clock_.tick(wall_ms());
    }
    return in_flight_.empty() ? clock_.tick(wall_ms()) : *in_flight_.begin();
}

Task<Result<std::uint64_t>> Partition::commit(std::vector<index::Guard> guards,
                                              std::vector<index::Write> writes,
                                              std::optional<Change> change) {
    if (change && is_planted(Mutant::LogAfterTheObject)) {
        index::Commit object{
            .fence = fence_, .guards = std::move(guards), .writes = std::move(writes)};
        CO_TRY_VOID(co_await index_.commit(id_, std::move(object)));
        guards.clear();
        writes.clear();
    }
    if (change) {
        index::Write row{
            .key = std::string(rows::kChanges), .value = encode(*change), .stamped = true};
        writes.push_back(std::move(row));
    }
    index::Commit commit{.fence = fence_, .guards = std::move(guards), .writes = std::move(writes)};
    CO_TRY(const std::uint64_t revision, co_await index_.commit(id_, std::move(commit)));
    if (change) {
        changed_.raise();
    }
    co_return revision;
}

Task<Result<std::optional<std::string>>> Partition::get(std::string key) {
    std::vector<std::string> keys;
    keys.push_back(std::move(key));
    CO_TRY(auto values, co_await index_.get(id_, std::move(keys)));
    co_return std::move(values.front());
}

Task<Result<std::vector<std::optional<std::string>>>> Partition::get_many(
    std::vector<std::string> keys) {
    return index_.get(id_, std::move(keys));
}

Task<Result<index::ScanPage>> Partition::scan(index::ScanRange range) {
    return index_.scan(id_, std::move(range));
}

Task<Result<std::vector<Change>>> Partition::read_changes(std::uint64_t after, std::size_t limit) {
    index::ScanRange range{
        .prefix = std::string(rows::kChanges), .after = rows::change(after), .limit = limit};
    CO_TRY(const auto page, co_await index_.scan(id_, std::move(range)));
    std::vector<Change> changes;
    changes.reserve(page.rows.size());
    for (const index::Row& row : page.rows) {
        const std::uint64_t revision =
            from_big_endian(std::string_view(row.key).substr(rows::kChanges.size()));
        CO_TRY(Change change, decode_change(revision, row.value));
        changes.push_back(std::move(change));
    }
    co_return changes;
}

Task<Result<void>> Partition::fold() {
    CO_TRY(const std::uint64_t newest, co_await index_.revision(id_));
    while (totals_.revision < newest) {
        CO_TRY(const auto changes, co_await read_changes(totals_.revision, kFoldPage));
        for (const Change& change : changes) {
            totals_.usage += change.usage_delta;
            totals_.slots.at(change.slot) += change.digest_delta;
            totals_.revision = change.revision;
        }
        if (changes.size() < kFoldPage) {
            totals_.revision = std::max(totals_.revision, newest);
        }
    }
    co_return Result<void>{};
}

Task<Result<Totals>> Partition::totals() {
    const auto held = co_await totals_lock_.lock({});
    CO_TRY_VOID(co_await fold());
    co_return totals_;
}

Task<Result<void>> Partition::checkpoint(std::uint64_t keep_after) {
    const auto held = co_await totals_lock_.lock({});
    CO_TRY_VOID(co_await fold());
    std::vector<index::Write> save;
    save.push_back({.key = std::string(rows::kTotals), .value = encode(totals_)});
    CO_TRY_VOID(co_await commit({}, std::move(save), std::nullopt));

    const std::uint64_t spare =
        totals_.revision > kChangesKept ? totals_.revision - kChangesKept : 0;
    std::uint64_t upto = std::min(keep_after, spare);
    if (is_planted(Mutant::LogIsCutBeforeTheSlowest)) {
        upto = totals_.revision;
    }
    while (trimmed_to_ < upto) {
        CO_TRY(const auto changes, co_await read_changes(trimmed_to_, kTrimPage));
        std::vector<index::Write> removals;
        for (const Change& change : changes) {
            if (change.revision <= upto) {
                removals.push_back({.key = rows::change(change.revision), .value = std::nullopt});
                trimmed_to_ = change.revision;
            }
        }
        if (removals.empty()) {
            trimmed_to_ = upto;
            break;
        }
        CO_TRY_VOID(co_await commit({}, std::move(removals), std::nullopt));
    }
    co_return Result<void>{};
}

}  // namespace antipode::catalog
