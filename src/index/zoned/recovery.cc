#include "index/zoned/recovery.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "runtime/disk_condition.h"
#include "runtime/disk_threads.h"
#include "runtime/thread_pool.h"

namespace antipode::index {

namespace {

constexpr std::size_t kReplayBytes = 1 * kMiB;
constexpr std::size_t kCopyBytes = 1 * kMiB;

/// One zone as it was found. Shared with a thread that may hang in it.
struct Found {
    std::shared_ptr<ZoneReplica> replica;
    std::optional<ZoneMeta> meta;
    std::uint64_t promised_before = 0;  // The last epoch that this zone saw begin.
    Applied applied;
    std::vector<LogEntry> entries;  // Behind what is applied.
    Lsn known_committed = 0;        // The highest commit index that any record tells of.

    [[nodiscard]] Lsn last_lsn() const {
        return entries.empty() ? applied.lsn : entries.back().lsn;
    }

    [[nodiscard]] std::uint64_t last_epoch() const {
        return entries.empty() ? applied.epoch : entries.back().epoch;
    }

    [[nodiscard]] std::uint64_t end() const {
        return entries.empty() ? applied.position : entries.back().end;
    }
};

using AllFound = std::array<std::shared_ptr<Found>, zone::kZones>;

class Recovery {
  public:
    Recovery(zone::ZoneSet& zones,
             runtime::FileSystem& files,
             const std::shared_ptr<RowTables>& tables,
             std::uint64_t segment_bytes)
        : zones_(zones), files_(files), tables_(tables), segment_bytes_(segment_bytes) {}

    Result<Recovered> run() {
        read_metas();
        TRY_VOID(form_when_new());
        open_complete();
        TRY_VOID(need_two("hold all rows"));
        TRY_VOID(choose_authority());  // A start that is refused has promised nothing.
        TRY_VOID(promise_epoch());
        TRY_VOID(choose_authority());  // Again: the promise may have cost a zone.
        leave_what_stayed_behind();
        make_equal();
        TRY_VOID(need_two("could be brought to the same state"));
        Recovered recovered;
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (found_[zone]) {
                recovered.replicas[zone] = found_[zone]->replica;
            }
        }
        recovered.reasons = reasons_;
        recovered.last = last_;
        recovered.epoch = epoch_;
        recovered.segment_bytes = segment_bytes_;
        return recovered;
    }

  private:
    using Step = std::function<Result<void>(Found&)>;
    using Answers = std::array<std::shared_ptr<runtime::Handover<Result<void>>>, zone::kZones>;

    /// Runs `step` in all zones at once, each on a thread of its own. Zones where it fails, or
    /// hangs, drop out.
    void in_each_zone(const Step& step) {
        Answers answers;
        std::array<std::unique_ptr<runtime::DiskThreads>, zone::kZones> threads;
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (found_[zone]) {
                answers[zone] = std::make_shared<runtime::Handover<Result<void>>>();
                threads[zone] = std::make_unique<runtime::DiskThreads>("recover", 1, 1);
                threads[zone]->post([found = found_[zone], step, answer = answers[zone]] {
                    answer->set(step(*found));
                });
            }
        }
        await_enough(answers);
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (!found_[zone]) {
                continue;
            }
            const Result<void> result = is_ready(answers[zone])
                                            ? answers[zone]->take()
                                            : fail(ErrorCode::Timeout, "it does not answer");
            if (!result) {
                reasons_[zone] = result.error().message;
                found_[zone]->replica->files.revoke();
                found_[zone].reset();
                threads[zone]->stop(runtime::Duration::zero());
            }
        }
    }

    static bool is_ready(const std::shared_ptr<runtime::Handover<Result<void>>>& answer) {
        return answer->wait_for(runtime::Duration::zero());
    }

    /// Until all have answered, or those that have not are stuck in one call (long work, as for a
    /// long log, is right): for out_after when two have answered, for long when all depends on
    /// them.
    void await_enough(const Answers& answers) {
        constexpr std::chrono::seconds kStuckMax{20};
        while (true) {
            std::size_t ready = 0;
            std::size_t asked = 0;
            runtime::Duration least_stuck = runtime::Duration::max();
            for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
                if (!found_[zone]) {
                    continue;
                }
                ++asked;
                if (is_ready(answers[zone])) {
                    ++ready;
                } else {
                    least_stuck =
                        std::min(least_stuck, found_[zone]->replica->watch->pending_for());
                }
            }
            if (ready == asked ||
                least_stuck > (ready >= 2 ? zones_.options().out_after : kStuckMax)) {
                return;
            }
            runtime::block_this_thread(std::chrono::milliseconds(5));
        }
    }

    [[nodiscard]] std::size_t count() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(found_, [](const auto& found) { return found != nullptr; }));
    }

    [[nodiscard]] Result<void> need_two(std::string_view what) const {
        if (count() >= 2) {
            return {};
        }
        std::string why;
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (!found_[zone]) {
                why += fmt::format("; {}: {}", zones_.options().names[zone], reasons_[zone]);
            }
        }
        return fail(ErrorCode::Unavailable,
                    fmt::format("the region needs two zones that {}{}", what, why));
    }

    void read_metas() {
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (zones_.state(zone) == zone::ZoneState::Out) {
                reasons_[zone] = zones_.status()[zone].reason;
                continue;
            }
            found_[zone] = std::make_shared<Found>();
            found_[zone]->replica = make_replica(
                files_, zones_.options().directories[zone], segment_bytes_, zones_.watch(zone));
        }
        in_each_zone([region_id = zones_.region_id()](Found& found) -> Result<void> {
            Result<ZoneMeta> meta = read_meta(found.replica->files, found.replica->directory);
            if (!meta && meta.error().code == ErrorCode::NotFound) {
                return {};
            }
            if (!meta) {
                return fail(std::move(meta.error()));
            }
            if (meta->region_id != region_id) {
                return fail(ErrorCode::Corrupt, "its rows belong to another region");
            }
            found.promised_before = meta->promised_epoch;
            found.meta = std::move(*meta);
            return {};
        });
    }

    /// New is a region where nobody has begun an epoch: the number of the first is promised by two
    /// zones before.
    Result<void> form_when_new() {
        TRY_VOID(need_two("are there"));
        for (const auto& found : found_) {
            if (found && found->meta && found->meta->promised_epoch != 0) {
                return {};
            }
        }
        if (count() < zone::kZones) {
            return fail(ErrorCode::Unavailable,
                        "no zone that is there has rows, and a new region needs all three");
        }
        in_each_zone([meta = ZoneMeta{.region_id = zones_.region_id(),
                                      .segment_bytes = segment_bytes_,
                                      .is_complete = true}](Found& found) -> Result<void> {
            ZoneReplica& replica = *found.replica;
            if (!found.meta && replica.files.list(replica.directory + "/rows")) {
                return fail(ErrorCode::Corrupt,
                            fmt::format("{} has rows but no meta", replica.directory));
            }
            found.meta = meta;
            TRY_VOID(replica.files.create_directories(replica.directory));
            return write_meta(replica.files, replica.directory, meta);
        });
        return {};
    }

    void open_complete() {
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (!found_[zone]) {
                continue;
            }
            if (!found_[zone]->meta || !found_[zone]->meta->is_complete) {
                reasons_[zone] =
                    found_[zone]->meta ? "its rows were being filled" : "it has no rows";
                found_[zone].reset();
                continue;
            }
            // The size of segments is the region's, whatever the option says now.
            segment_bytes_ = found_[zone]->meta->segment_bytes;
        }
        for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
            if (found_[zone]) {
                found_[zone]->replica = make_replica(
                    files_, zones_.options().directories[zone], segment_bytes_, zones_.watch(zone));
            }
        }
        in_each_zone([tables = tables_](Found& found) -> Result<void> {
            ZoneReplica& replica = *found.replica;
            TRY_VOID(replica.open_rows(*tables));
            TRY(found.applied, replica.rows->applied());
            TRY_VOID(replica.log.open());
            found.known_committed = found.applied.lsn;
            LogReader reader(
                replica.log, found.applied.position, found.applied.lsn + 1, found.applied.epoch);
            while (true) {
                TRY(const auto record, reader.next());
                if (!record) {
                    TRY(const Lsn behind, reader.committed_behind_end());
                    found.known_committed = std::max(found.known_committed, behind);
                    return {};
                }
                found.known_committed = std::max(found.known_committed, record->header.committed);
                found.entries.push_back({.lsn = record->lsn(),
                                         .epoch = record->header.epoch,
                                         .crc = record->header.crc,
                                         .position = record->position,
                                         .end = record->end()});
            }
        });
    }

    Result<void> promise_epoch() {
        for (const auto& found : found_) {
            if (found) {
                epoch_ =
                    std::max({epoch_, found->meta->promised_epoch + 1, found->last_epoch() + 1});
            }
        }
        in_each_zone([epoch = epoch_](Found& found) -> Result<void> {
            found.meta->promised_epoch = epoch;
            return write_meta(found.replica->files, found.replica->directory, *found.meta);
        });
        return need_two("take a new epoch");
    }

    Result<void> choose_authority() {
        Lsn known_committed = 0;
        authority_.reset();
        for (const auto& found : found_) {
            if (!found) {
                continue;
            }
            known_committed = std::max(known_committed, found->known_committed);
            if (!authority_ || std::pair(found->last_epoch(), found->last_lsn()) >
                                   std::pair(authority_->last_epoch(), authority_->last_lsn())) {
                authority_ = found;
            }
        }
        // Cannot happen while at most one zone has lost something; better no region than one that
        // has forgotten.
        if (known_committed > authority_->last_lsn()) {
            return fail(ErrorCode::Corrupt,
                        fmt::format("the zones that are there have lost acknowledged rows: record "
                                    "{} was committed, the "
                                    "longest log ends at {}",
                                    known_committed,
                                    authority_->last_lsn()));
        }
        last_ = {.lsn = authority_->last_lsn(),
                 .position = authority_->end(),
                 .epoch = authority_->last_epoch()};
        return {};
    }

    /// A zone that counted to the end was there when the last run began: it has the record with
    /// which it did, or, when that run ended before it was written here, has promised it. One that
    /// has neither is an old copy of its directory: its log could follow, but bodies are missing as
    /// well, so it is filled by both engines. With two zones only it must do.
    void leave_what_stayed_behind() {
        for (std::size_t zone = 0; zone < zone::kZones && count() == zone::kZones; ++zone) {
            const Found& found = *found_[zone];
            if (std::max(found.last_epoch(), found.promised_before) < authority_->last_epoch()) {
                reasons_[zone] = "its rows are older than the last start";
                found_[zone]->replica->files.revoke();
                found_[zone].reset();
            }
        }
    }

    void make_equal() {
        in_each_zone([authority = authority_, last = last_](Found& found) -> Result<void> {
            TRY_VOID(follow(found, *authority));
            TRY_VOID(replay(*found.replica, found.applied, last.lsn));
            return found.replica->log.reset_tail(last.position);
        });
    }

    /// The last place where both logs are the same: record by record, from what is applied
    /// (committed, so the same everywhere) on, or from where the authority's log begins. Where
    /// number and epoch of one record are the same, so is all before it.
    static Result<std::uint64_t> common_end(const Found& found, Found& authority) {
        const std::uint64_t start =
            std::max(authority.replica->log.start(), authority.meta->log_from);
        auto entry = std::ranges::find_if(
            found.entries, [&](const LogEntry& one) { return one.position >= start; });
        const bool is_applied_before = found.applied.position < start;
        if (is_applied_before && entry == found.entries.end()) {
            // It may end just where the other begins, which was filled from rows while nobody
            // wrote.
            const Applied& base = authority.applied;
            if (found.end() == base.position && found.last_lsn() == base.lsn &&
                found.last_epoch() == base.epoch) {
                return found.end();
            }
            return fail(ErrorCode::Unavailable, "it is too far behind the log");
        }
        LogReader reader = is_applied_before
                               ? LogReader(authority.replica->log, entry->position, entry->lsn, 0)
                               : LogReader(authority.replica->log,
                                           found.applied.position,
                                           found.applied.lsn + 1,
                                           found.applied.epoch);
        for (bool is_first = true; entry != found.entries.end(); ++entry, is_first = false) {
            TRY(const auto record, reader.next());
            if (record && record->header.crc == entry->crc &&
                record->header.epoch == entry->epoch) {
                continue;
            }
            if (is_applied_before && is_first) {
                return fail(ErrorCode::Unavailable,
                            "its log is not the others' and too far behind");
            }
            return entry->position;
        }
        return found.end();
    }

    /// Brings the log to what the authority's is.
    static Result<void> follow(Found& found, Found& authority) {
        if (&found == &authority) {
            return {};
        }
        TRY(std::uint64_t position, common_end(found, authority));
        TRY_VOID(found.replica->log.reset_tail(position));
        while (position < authority.end()) {
            std::string bytes;
            TRY_VOID(authority.replica->log.read(
                position, std::min(kCopyBytes, authority.end() - position), bytes));
            if (bytes.empty()) {
                return fail(ErrorCode::Corrupt, "the log that it should follow ends early");
            }
            const std::array<std::string_view, 1> piece{bytes};
            TRY_VOID(found.replica->log.append(piece));
            position += bytes.size();
        }
        return {};
    }

    zone::ZoneSet& zones_;
    runtime::FileSystem& files_;
    const std::shared_ptr<RowTables> tables_;
    std::uint64_t segment_bytes_;
    AllFound found_;
    std::array<std::string, zone::kZones> reasons_;
    std::shared_ptr<Found> authority_;
    Applied last_;
    std::uint64_t epoch_ = 0;
};

}  // namespace

Result<void> replay(ZoneReplica& replica, const Applied& from, Lsn up_to) {
    LogReader reader(replica.log, from.position, from.lsn + 1, from.epoch);
    std::vector<std::shared_ptr<const LogRecord>> batch;
    std::size_t bytes = 0;
    Lsn last = from.lsn;
    while (last < up_to) {
        TRY(std::shared_ptr<const LogRecord> record, reader.next());
        if (!record) {
            return fail(ErrorCode::Corrupt,
                        fmt::format("the log ends at record {} instead of {}", last, up_to));
        }
        last = record->lsn();
        bytes += record->bytes.size();
        batch.push_back(std::move(record));
        if (bytes >= kReplayBytes || last == up_to) {
            TRY_VOID(replica.rows->apply(batch));
            batch.clear();
            bytes = 0;
        }
    }
    return {};
}

Result<Recovered> recover(zone::ZoneSet& zones,
                          runtime::FileSystem& files,
                          const std::shared_ptr<RowTables>& tables,
                          std::uint64_t segment_bytes_when_new) {
    return Recovery(zones, files, tables, segment_bytes_when_new).run();
}

}  // namespace antipode::index
