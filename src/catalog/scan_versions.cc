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

Task<Result<VersionsPage>> scan_versions(Partition& partition,
                                         std::string prefix,
                                         VersionPlace after,
                                         std::size_t limit) {
    CO_TRY(const Starts starts, co_await starts_behind(partition, std::move(after)));
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

}  // namespace antipode::catalog
