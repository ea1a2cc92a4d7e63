#include "index/zoned/merge_scan.h"

#include <string_view>
#include <utility>

#include "index/check_commit.h"

namespace antipode::index {

namespace {

/// Walks the overlay in pages.
class OverlayWalk {
  public:
    OverlayWalk(const Sequencer& sequencer,
                const PartitionId& partition,
                std::string_view prefix,
                std::string_view start)
        : sequencer_(sequencer),
          partition_(partition),
          prefix_(prefix),
          page_(sequencer.overlay(partition, prefix, start, {})) {}

    [[nodiscard]] bool hides_base() const { return page_.hides_base; }

    /// Null at the end.
    const RowOp* current() {
        if (next_ == page_.rows.size() && !page_.is_last) {
            // The least key that is greater.
            const std::string from = std::string(page_.rows.back().op->key) + '\0';
            page_ = sequencer_.overlay(partition_, prefix_, from, page_.visible);
            next_ = 0;
        }
        return next_ < page_.rows.size() ? page_.rows[next_].op : nullptr;
    }

    void advance() { ++next_; }

  private:
    const Sequencer& sequencer_;
    const PartitionId& partition_;
    std::string_view prefix_;
    Sequencer::OverlayPage page_;
    std::size_t next_ = 0;
};

/// Gathers rows until the page is full.
class PageBuilder {
  public:
    explicit PageBuilder(const ScanRange& range) : range_(range) {}

    /// False when the row did not fit: the page is then truncated and done.
    bool add(std::string_view key, std::string_view value) {
        bytes_ += key.size() + value.size();
        if (page_.rows.size() == range_.limit ||
            (!page_.rows.empty() && bytes_ > range_.bytes_max)) {
            page_.is_truncated = true;
            return false;
        }
        page_.rows.push_back({std::string(key), std::string(value)});
        return true;
    }

    ScanPage take() { return std::move(page_); }

  private:
    const ScanRange& range_;
    ScanPage page_;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<std::optional<ScanPage>> merge_scan(const Sequencer& sequencer,
                                           RowTable& rows,
                                           const PartitionId& partition,
                                           const ScanRange& range,
                                           ReadFrom from) {
    const std::string_view start = scan_start(range);
    const std::string partition_key = row_key(partition.str(), "");
    // The table first: whatever it has is committed, so the overlay, looked at later, is at
    // least as new.
    const std::unique_ptr<RowWalk> base = rows.walk(prefix_end(partition_key + range.prefix), from);
    base->seek(partition_key + std::string(start));
    OverlayWalk overlay(sequencer, partition, range.prefix, start);
    const auto base_key = [&]() -> std::optional<std::string_view> {
        if (overlay.hides_base() || !base->is_at_row()) {
            return std::nullopt;
        }
        return base->key().substr(partition_key.size());
    };

    PageBuilder page(range);
    while (true) {
        if (!overlay.hides_base() && !base->is_at_row()) {
            if (base->is_beyond_memory()) {
                return std::optional<ScanPage>();
            }
            TRY_VOID(base->status());
        }
        const RowOp* newer = overlay.current();
        const std::optional<std::string_view> older = base_key();
        if (newer == nullptr && !older) {
            break;
        }
        const bool takes_newer = newer != nullptr && (!older || newer->key <= *older);
        const std::string_view key = takes_newer ? newer->key : *older;
        const bool is_row = key != range.after && !(takes_newer && newer->is_delete);
        if (is_row && !page.add(key, takes_newer ? newer->value : base->value())) {
            return page.take();
        }
        if (takes_newer && older && newer->key == *older) {
            base->next();
        }
        if (takes_newer) {
            overlay.advance();
        } else {
            base->next();
        }
    }
    return page.take();
}

}  // namespace antipode::index
