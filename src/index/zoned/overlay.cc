#include "index/zoned/overlay.h"

#include "base/check.h"

namespace antipode::index {

std::vector<PartitionOverlay::Rows::iterator> PartitionOverlay::add(const LogRecord& record) {
    std::vector<Rows::iterator> places;
    if (record.kind == RecordKind::Drop) {
        drops_.push_back(record.lsn());
    }
    places.reserve(record.ops.size());
    for (const RowOp& op : record.ops) {
        auto place = rows_.lower_bound(op.key);
        if (place == rows_.end() || place->first != op.key) {
            place = rows_.emplace_hint(place, std::string(op.key), std::vector<Version>());
        }
        const Version version{.lsn = record.lsn(), .op = &op};
        if (!place->second.empty() && place->second.back().lsn == record.lsn()) {
            place->second.back() = version;  // The same key twice in one commit: the last one wins.
        } else {
            place->second.push_back(version);
            places.push_back(place);
        }
    }
    return places;
}

void PartitionOverlay::remove(const LogRecord& record, const std::vector<Rows::iterator>& places) {
    if (record.kind == RecordKind::Drop) {
        CHECK(!drops_.empty() && drops_.front() == record.lsn());
        drops_.pop_front();
    }
    for (const Rows::iterator place : places) {
        std::vector<Version>& versions = place->second;
        CHECK(!versions.empty() && versions.front().lsn == record.lsn());
        if (versions.size() == 1) {
            rows_.erase(place);
        } else {
            versions.erase(versions.begin());
        }
    }
}

Lsn PartitionOverlay::last_drop(Lsn visible) const {
    for (auto drop = drops_.rbegin(); drop != drops_.rend(); ++drop) {
        if (*drop <= visible) {
            return *drop;
        }
    }
    return 0;
}

const PartitionOverlay::Version* PartitionOverlay::find(const std::vector<Version>& versions,
                                                        Lsn visible) {
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
        if (version->lsn <= visible) {
            return &*version;
        }
    }
    return nullptr;
}

Sight PartitionOverlay::look(std::string_view key, Lsn visible) const {
    const Lsn drop = last_drop(visible);
    const auto found = rows_.find(key);
    const Version* version = found == rows_.end() ? nullptr : find(found->second, visible);
    if (version != nullptr && version->lsn > drop) {
        return {.kind = version->op->is_delete ? Sight::Kind::Absent : Sight::Kind::Present,
                .value = version->op->value,
                .lsn = version->lsn};
    }
    return {.kind = drop != 0 ? Sight::Kind::Absent : Sight::Kind::Base, .value = {}, .lsn = drop};
}

std::vector<OverlayRow> PartitionOverlay::rows(std::string_view prefix,
                                               std::string_view from,
                                               Lsn visible,
                                               std::size_t limit) const {
    std::vector<OverlayRow> found;
    const Lsn drop = last_drop(visible);
    for (auto row = rows_.lower_bound(from); row != rows_.end() && row->first.starts_with(prefix);
         ++row) {
        const Version* version = find(row->second, visible);
        if (version == nullptr || version->lsn < drop) {
            continue;
        }
        if (found.size() == limit) {
            break;
        }
        found.push_back({.op = version->op, .lsn = version->lsn, .record = nullptr});
    }
    return found;
}

}  // namespace antipode::index
