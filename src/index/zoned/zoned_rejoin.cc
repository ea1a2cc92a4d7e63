#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/units.h"
#include "index/zoned/recovery.h"
#include "index/zoned/zoned_store.h"
#include "runtime/sleep.h"

namespace antipode::index {

namespace {

constexpr std::size_t kBatchBytes = 1 * kMiB;
/// What is still missing when new records are held back in memory for the zone: little, so that
/// little gathers.
constexpr std::uint64_t kNear = 4 * kMiB;
constexpr std::chrono::milliseconds kLookEvery{10};

/// It cannot come back with what it has; anything else may pass.
bool needs_filling(const Error& error) {
    return error.code == ErrorCode::Conflict || error.code == ErrorCode::Corrupt ||
           error.code == ErrorCode::NotFound;
}

}  // namespace

/// The filling of one zone, on a thread that may hang: owns all it touches.
struct ZonedStore::Refill {
    std::shared_ptr<ZoneReplica> target;
    std::shared_ptr<ZoneReplica> source;  ///< Null: it comes back with what it has.
    std::size_t source_zone = 0;
    std::size_t zone = 0;
    std::shared_ptr<Sequencer> sequencer;
    std::shared_ptr<LogRetention> retention;
    std::shared_ptr<RowTables> tables;
    ZoneMeta meta;

    std::atomic<double> done = 0.0;
    Lsn last = 0;  ///< Written and applied; once run() has ended well.

    std::mutex mutex;
    bool is_abandoned = false;
    Sequencer::Pin pin;  ///< Keeps the records behind `last` in memory.

    Result<void> run();
    Result<void> come_back();
    /// Nobody waits for it any more: it must not hold anything back, even when its thread hangs.
    void abandon();
    Result<void> hold(std::uint64_t position);
    Result<Lsn> take_pin();
    Result<Applied> open_target();
    Result<Applied> copy_rows();
    Result<void> copy_batch(RowWalk& rows, std::uint64_t* copied);
    Result<void> copy_log(Applied from);
    Result<void> copy_up_to(LogReader& reader, Lsn up_to);
    Result<void> mark(bool is_complete);
};

void ZonedStore::Refill::abandon() {
    target->files.revoke();
    const std::scoped_lock lock(mutex);
    is_abandoned = true;
    pin.release();
    retention->note_absent(zone);
}

Result<void> ZonedStore::Refill::hold(std::uint64_t position) {
    const std::scoped_lock lock(mutex);
    if (is_abandoned) {
        return fail(ErrorCode::Closed, "the zone went out again");
    }
    retention->hold(zone, position);
    return {};
}

Result<Lsn> ZonedStore::Refill::take_pin() {
    const std::scoped_lock lock(mutex);
    if (is_abandoned) {
        return fail(ErrorCode::Closed, "the zone went out again");
    }
    pin = sequencer->pin();
    return pin.lsn();
}

Result<void> ZonedStore::Refill::mark(bool is_complete) {
    meta.is_complete = is_complete;
    TRY_VOID(target->files.create_directories(target->directory));
    return write_meta(target->files, target->directory, meta);
}

/// First of all the zone says of itself that it is not whole, so that no start counts on what is
/// about to be undone.
Result<void> ZonedStore::Refill::run() {
    meta.promised_epoch = sequencer->epoch();
    TRY_VOID(mark(false));
    TRY(const Applied from, open_target());
    TRY_VOID(hold(from.position));
    meta.log_from = from.position;
    TRY_VOID(mark(false));
    done = 0.5;
    return copy_log(from);
}

/// So many zones were lost that nothing can be committed, and none may be left to fill this one
/// from. What was committed was durable in it when it went out, and nothing has been since, so it
/// is as good as any: it is never marked incomplete, because perhaps it is the last that is whole.
/// Records behind the committed ones are given to it again, from memory, the same bytes at the same
/// places.
Result<void> ZonedStore::Refill::come_back() {
    const Sequencer::Progress progress = sequencer->progress(zone);
    if (progress.durable < progress.committed) {
        return fail(ErrorCode::Conflict,
                    "it lacks acknowledged rows, and no zone is there to fill it from");
    }
    // Not what was known before but what is there now decides: the directory may be another one.
    TRY(const ZoneMeta found, read_meta(target->files, target->directory));
    if (!found.is_complete || found.region_id != meta.region_id ||
        found.promised_epoch != sequencer->epoch()) {
        return fail(ErrorCode::Conflict, "its rows are not those of this run");
    }
    meta = found;
    TRY_VOID(target->open_rows(*tables));
    TRY_VOID(target->log.open());
    TRY(const Applied applied, target->rows->applied());
    LogReader reader(target->log, applied.position, applied.lsn + 1, applied.epoch);
    for (last = applied.lsn; last < progress.committed;) {
        TRY(const auto record, reader.next());
        if (!record) {
            return fail(ErrorCode::Corrupt, "its log has lost acknowledged rows");
        }
        last = record->lsn();
    }
    if (last != progress.committed || reader.position() != progress.durable_position) {
        return fail(ErrorCode::Corrupt, "its log is not the one that was written in this run");
    }
    TRY_VOID(replay(*target, applied, last));
    return target->log.renew_tail(reader.position());
}

/// The rows that are there when the log still reaches back to them, else those of the source.
Result<Applied> ZonedStore::Refill::open_target() {
    TRY_VOID(hold(retention->keep_from(sequencer->progress(source_zone).tail)));
    const Result<void> opened = target->open_rows(*tables);
    if (opened) {
        TRY(const Applied applied, target->rows->applied());
        TRY(const ZoneMeta source_meta, read_meta(source->files, source->directory));
        const std::uint64_t log_from = std::max(source->log.start(), source_meta.log_from);
        const Sequencer::Progress progress = sequencer->progress(source_zone);
        if (applied.position >= log_from && applied.lsn <= progress.committed) {
            return applied;
        }
    } else if (opened.error().code != ErrorCode::Corrupt && opened.error().code != ErrorCode::Io) {
        return fail(opened.error());
    }
    return copy_rows();
}

Result<Applied> ZonedStore::Refill::copy_rows() {
    TRY_VOID(target->replace_rows(*tables));
    const std::unique_ptr<RowWalk> rows = source->rows->walk_all();
    const double estimated =
        static_cast<double>(std::max<std::uint64_t>(1, source->rows->estimated_bytes()));
    std::uint64_t copied = 0;
    while (rows->is_at_row()) {
        TRY_VOID(copy_batch(*rows, &copied));
        done = 0.5 * std::min(1.0, static_cast<double>(copied) / estimated);
    }
    if (const Result<void> read = rows->status(); !read) {
        return fail(ErrorCode::Io,
                    "the rows of the other zone cannot be read: " + read.error().message);
    }
    TRY_VOID(target->rows->flush(true));
    return target->rows->applied();
}

Result<void> ZonedStore::Refill::copy_batch(RowWalk& rows, std::uint64_t* copied) {
    std::vector<RowTable::Row> batch;
    for (std::size_t bytes = 0; rows.is_at_row() && bytes < kBatchBytes; rows.next()) {
        bytes += rows.key().size() + rows.value().size();
        batch.emplace_back(rows.key(), rows.value());
    }
    for (const auto& [key, value] : batch) {
        *copied += key.size() + value.size();
    }
    return target->rows->put_all(batch);
}

/// From the source's log into the zone's log and rows, until so near that the rest can be held in
/// memory and the zone takes its place among those that get each record as it comes.
Result<void> ZonedStore::Refill::copy_log(Applied from) {
    TRY_VOID(target->log.remove_all());
    TRY_VOID(target->log.reset_tail(from.position));
    LogReader reader(source->log, from.position, from.lsn + 1, from.epoch);
    last = from.lsn;
    while (true) {
        const Sequencer::Progress progress = sequencer->progress(source_zone);
        if (progress.durable_position - std::min(progress.durable_position, reader.position()) <=
            kNear) {
            break;
        }
        TRY_VOID(copy_up_to(reader, std::min(progress.committed, progress.durable)));
    }
    // Behind the pin all records are in the queue; those before it are in the source's log.
    TRY(const Lsn pinned, take_pin());
    TRY_VOID(copy_up_to(reader, pinned));
    done = 0.9;
    return {};
}

Result<void> ZonedStore::Refill::copy_up_to(LogReader& reader, Lsn up_to) {
    while (last < up_to) {
        std::vector<std::shared_ptr<const LogRecord>> batch;
        std::vector<std::string_view> pieces;
        for (std::size_t bytes = 0; last < up_to && bytes < kBatchBytes;) {
            TRY(std::shared_ptr<const LogRecord> record, reader.next());
            if (!record) {
                return fail(ErrorCode::Corrupt, "the log that the zone is filled from ends early");
            }
            last = record->lsn();
            bytes += record->bytes.size();
            pieces.emplace_back(record->bytes);
            batch.push_back(std::move(record));
        }
        TRY_VOID(target->log.append(pieces));
        TRY_VOID(target->rows->apply(batch));
    }
    return {};
}

/// A zone that is well, else any.
std::shared_ptr<ZoneWorkers> ZonedStore::source_for(std::size_t zone) const {
    std::shared_ptr<ZoneWorkers> source;
    const std::scoped_lock lock(mutex_);
    for (const auto& workers : workers_) {
        if (workers && workers->zone() != zone && sequencer_->is_counting(workers->zone())) {
            if (zones_.state(workers->zone()) == zone::ZoneState::Ok) {
                return workers;
            }
            source = workers;
        }
    }
    return source;
}

Task<Result<void>> ZonedStore::rejoin(std::size_t zone, std::function<void(double)> progress) {
    if (sequencer_->counting() < 2) {
        Result<void> returned = co_await rejoin_from(zone, nullptr, progress);
        if (returned || !needs_filling(returned.error()) || !source_for(zone)) {
            co_return returned;
        }
    }
    const std::shared_ptr<ZoneWorkers> source = source_for(zone);
    if (!source) {
        co_return fail(ErrorCode::Unavailable, "no zone is there to fill it from");
    }
    co_return co_await rejoin_from(zone, source, progress);
}

Task<Result<void>> ZonedStore::rejoin_from(std::size_t zone,
                                           std::shared_ptr<ZoneWorkers> source,
                                           std::function<void(double)> progress) {
    zone_went_out(zone);  // Nothing of an earlier incarnation is left, whatever happened while
                          // nobody listened.
    auto refill = std::make_shared<Refill>();
    refill->zone = zone;
    refill->sequencer = sequencer_;
    refill->retention = retention_;
    refill->tables = tables_;
    refill->meta = {.region_id = zones_.region_id(), .segment_bytes = segment_bytes_};
    refill->target = make_replica(
        files_, zones_.options().directories[zone], segment_bytes_, zones_.watch(zone));
    if (source) {
        refill->source = source->replica();
        refill->source_zone = source->zone();
    }
    {
        const std::scoped_lock lock(mutex_);
        filling_[zone] = refill->target;
    }
    const auto filler =
        std::make_shared<runtime::DiskThreads>("fill-" + zones_.options().names[zone], 1, 2);
    const Result<void> filled = co_await fill(zone, refill, filler, std::move(progress));
    filler->stop(runtime::Duration::zero());
    if (!filled) {
        refill->abandon();
        zone_went_out(zone);
    }
    co_return filled;
}

/// Runs `step` on a thread that may hang, until it ends or the zone goes out again.
Task<Result<void>> ZonedStore::while_there(std::shared_ptr<Refill> refill,
                                           std::shared_ptr<runtime::DiskThreads> filler,
                                           std::function<Result<void>()> step,
                                           std::function<void(double)> progress) {
    const runtime::OneShot<Result<void>> ended;
    filler->post([ended, step = std::move(step)] { ended.set(step()); });
    while (!ended.is_set()) {
        if (!is_there(*refill)) {
            co_return fail(ErrorCode::Unavailable, "the zone went out again");
        }
        progress(refill->done.load());
        co_await runtime::sleep_for(kLookEvery);
    }
    co_return co_await ended.wait();
}

bool ZonedStore::is_there(const Refill& refill) const {
    const std::scoped_lock lock(mutex_);
    const bool is_installed =
        workers_[refill.zone] && workers_[refill.zone]->replica() == refill.target;
    return !is_closed_ && (is_installed || filling_[refill.zone] == refill.target);
}

Task<Result<void>> ZonedStore::fill(std::size_t zone,
                                    std::shared_ptr<Refill> refill,
                                    std::shared_ptr<runtime::DiskThreads> filler,
                                    std::function<void(double)> progress) {
    const auto step = [refill] { return refill->source ? refill->run() : refill->come_back(); };
    CO_TRY_VOID(co_await while_there(refill, filler, step, progress));

    std::uint64_t incarnation = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (filling_[zone] != refill->target || is_closed_ ||
            !sequencer_->attach(zone, refill->last, &incarnation)) {
            co_return fail(ErrorCode::Unavailable, "the zone went out again");
        }
        install_locked(zone, refill->target, incarnation);
        filling_[zone].reset();
    }
    {
        const std::scoped_lock lock(refill->mutex);
        refill->pin.release();
    }
    // All that was acknowledged so far must be durable here before it counts.
    const Lsn needed = sequencer_->committed();
    while (sequencer_->progress(zone).durable < needed) {
        if (!is_there(*refill)) {
            co_return fail(ErrorCode::Unavailable, "the zone went out again");
        }
        co_await runtime::sleep_for(kLookEvery);
    }
    CO_TRY_VOID(
        co_await while_there(refill, filler, [refill] { return refill->mark(true); }, progress));
    sequencer_->count(zone);
    progress(1.0);
    co_return Result<void>();
}

}  // namespace antipode::index
