#include <algorithm>
#include <map>

#include "base/mutant.h"
#include "catalog/key_layout.h"
#include "catalog/row_format.h"
#include "catalog/version_table.h"

namespace antipode::catalog {

namespace {

/// Reads rows of one kind page by page; front() is the next row.
class RowCursor {
  public:
    RowCursor(Partition& partition, std::string prefix, std::string after, std::size_t page_rows)
        : partition_(partition),
          prefix_(std::move(prefix)),
          after_(std::move(after)),
          page_rows_(page_rows) {}

    /// Makes front() valid, or ends.
    Task<Result<void>> fill() {
        while (position_ == page_.rows.size() && !ended_) {
            index::ScanRange range{.prefix = prefix_, .after = after_, .limit = page_rows_};
            CO_TRY(page_, co_await partition_.scan(std::move(range)));
            position_ = 0;
            ended_ = !page_.is_truncated;
            if (!page_.rows.empty()) {
                after_ = page_.rows.back().key;
            }
            if (page_.rows.empty()) {
                break;
            }
        }
        co_return Result<void>{};
    }

    [[nodiscard]] bool is_done() const { return position_ == page_.rows.size() && ended_; }

    [[nodiscard]] const index::Row& front() const { return page_.rows[position_]; }

    void pop() { ++position_; }

  private:
    Partition& partition_;
    std::string prefix_;
    std::string after_;
    std::size_t page_rows_;
    index::ScanPage page_;
    std::size_t position_ = 0;
    bool ended_ = false;
};

/// Where the two cursors start behind `place`.
struct Starts {
    std::string heads;
    std::string older;
    std::optional<VersionOrder> head;  ///< Of the place's key, when the page begins within it.
};

Task<Result<Starts>> starts_behind(Partition& partition, VersionPlace place) {
    Starts starts;
    if (place.key.empty()) {
        co_return starts;
    }
    // Without a version: behind every version of the key. 0xFF is greater than any byte of an
    // order's first byte here because clocks stay below 2^63.
    starts.heads = rows::head(place.key);
    starts.older = rows::older_prefix(place.key) + std::string(40, '\xff');
    if (place.order) {
        CO_TRY(const auto head, co_await find_latest(partition, place.key));
        starts.older = rows::older(place.key, *place.order);
        starts.head = head ? std::optional(head->version.order) : std::nullopt;
        if (head && head->version.order < *place.order) {
            // The version named is gone and was newer than the head: the head itself comes next.
            starts.heads.pop_back();
            starts.heads.push_back(
                static_cast<char>(static_cast<unsigned char>(place.key.back()) - 1));
            starts.heads.append(40, '\xff');
        }
    }
    co_return starts;
}

}  // namespace

Task<Result<LatestPage>> scan_latest(Partition& partition,
                                     std::string prefix,
                                     std::string after,
                                     std::size_t limit) {
    index::ScanRange range{.prefix = std::string(rows::kHeads) + prefix,
                           .after = after.empty() ? std::string() : rows::head(after),
                           .limit = limit};
    CO_TRY(const auto page, co_await partition.scan(std::move(range)));
    LatestPage out;
    out.is_truncated = page.is_truncated;
    out.versions.reserve(page.rows.size());
    for (const index::Row& row : page.rows) {
        CO_TRY(StoredVersion stored, decode_version(rows::key_of(row.key), row.value));
        out.versions.push_back(std::move(stored));
    }
    co_return out;
}

namespace {

using Entries = std::vector<VersionsPage::Entry>;

/// All versions of one key behind `after`, of one moment: nobody changes the key meanwhile.
Task<Result<Entries>> read_key(Partition& partition,
                               std::string key,
                               std::optional<VersionOrder> after,
                               std::size_t limit) {
    const auto held = co_await partition.key_locks().lock(key);
    Entries out;
    CO_TRY(auto head, co_await find_latest(partition, key));
    if (head && (!after || head->version.order < *after)) {
        out.push_back({.stored = std::move(*head), .is_latest = true});
    }
    RowCursor older(partition,
                    rows::older_prefix(key),
                    after ? rows::older(key, *after) : std::string(),
                    limit + 1);
    while (out.size() <= limit) {
        CO_TRY_VOID(co_await older.fill());
        if (older.is_done()) {
            break;
        }
        CO_TRY(StoredVersion stored, decode_version(key, older.front().value));
        out.push_back({.stored = std::move(stored), .is_latest = false});
        older.pop();
    }
    co_return out;
}

/// The keys of a page, with the heads that it has seen.
using SeenHeads = std::map<std::string, std::optional<VersionOrder>>;

SeenHeads seen_heads(const Entries& entries, const VersionPlace& after, const Starts& starts) {
    SeenHeads seen;
    if (after.order) {
        seen[after.key] = starts.head;
    }
    for (const VersionsPage::Entry& entry : entries) {
        auto& head = seen[entry.stored.version.key];
        if (entry.is_latest) {
            head = entry.stored.version.order;
        }
    }
    return seen;
}

/// Heads and older versions are read one after the other, and a version moves between them when a
/// newer one comes or goes: keys whose head is another one by now are read anew.
Task<Result<void>> settle_moved(
    Partition& partition, SeenHeads seen, VersionPlace after, std::size_t limit, Entries& entries) {
    std::vector<std::string> head_rows;
    for (const auto& [key, head] : seen) {
        head_rows.push_back(rows::head(key));
    }
    CO_TRY(const auto now, co_await partition.get_many(std::move(head_rows)));
    std::size_t i = 0;
    for (const auto& [key, head] : seen) {
        const std::optional<std::string>& row = now[i++];
        std::optional<VersionOrder> order;
        if (row) {
            CO_TRY(const StoredVersion stored, decode_version(key, *row));
            order = stored.version.order;
        }
        if (order == head) {
            continue;
        }
        const bool begins_within = after.order && after.key == key;
        CO_TRY(
            auto fresh,
            co_await read_key(partition, key, begins_within ? after.order : std::nullopt, limit));
        const auto old = std::ranges::equal_range(
            entries, key, {}, [](const auto& one) { return one.stored.version.key; });
        const auto place = entries.erase(old.begin(), old.end());
        entries.insert(
            place, std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
    }
    co_return Result<void>{};
}

Task<Result<VersionsPage>> merge_rows(Partition& partition,
                                      std::string prefix,
                                      Starts starts,
                                      std::size_t limit) {
    RowCursor heads(partition, std::string(rows::kHeads) + prefix, starts.heads, limit + 1);
    RowCursor older(partition, std::string(rows::kOlder) + prefix, starts.older, limit + 1);
    VersionsPage out;
    while (true) {
        CO_TRY_VOID(co_await heads.fill());
        CO_TRY_VOID(co_await older.fill());
        if (heads.is_done() && older.is_done()) {
            co_return out;
        }
        if (out.entries.size() == limit) {
            out.is_truncated = true;
            co_return out;
        }
        // Of one key the head comes first; keys hold no NUL, so comparing keys is comparing rows.
        const bool take_head =
            older.is_done() || (!heads.is_done() &&
                                rows::key_of(heads.front().key) <= rows::key_of(older.front().key));
        RowCursor& source = take_head ? heads : older;
        CO_TRY(StoredVersion stored,
               decode_version(rows::key_of(source.front().key), source.front().value));
        out.entries.push_back({.stored = std::move(stored), .is_latest = take_head});
        source.pop();
    }
}

struct Scanned {
    VersionsPage page;
    std::string last_key;  ///< That was seen; some may have gone meanwhile.
};

/// What was there all the time is in it.
Task<Result<Scanned>> scan_page(Partition& partition,
                                std::string prefix,
                                VersionPlace after,
                                std::size_t limit) {
    CO_TRY(const std::uint64_t before, co_await partition.revision());
    CO_TRY(const Starts starts, co_await starts_behind(partition, after));
    Scanned out;
    CO_TRY(out.page, co_await merge_rows(partition, std::move(prefix), starts, limit));
    Entries& entries = out.page.entries;
    out.last_key = entries.empty() ? after.key : entries.back().stored.version.key;
    CO_TRY(const std::uint64_t now, co_await partition.revision());
    if (now != before && !is_planted(Mutant::ListingMissesWhatMoves)) {
        SeenHeads seen = seen_heads(entries, after, starts);
        CO_TRY_VOID(
            co_await settle_moved(partition, std::move(seen), std::move(after), limit, entries));
        if (entries.size() > limit) {
            entries.resize(limit);
            out.page.is_truncated = true;
        }
    }
    co_return out;
}

}  // namespace

Task<Result<VersionsPage>> scan_versions(Partition& partition,
                                         std::string prefix,
                                         VersionPlace after,
                                         std::size_t limit) {
    while (true) {
        CO_TRY(auto scanned, co_await scan_page(partition, prefix, after, limit));
        if (!scanned.page.entries.empty() || !scanned.page.is_truncated) {
            co_return std::move(scanned.page);
        }
        // All that the page was to have has gone meanwhile.
        after = {.key = std::move(scanned.last_key), .order = {}};
    }
}

}  // namespace antipode::catalog
