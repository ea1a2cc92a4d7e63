#include "index/zoned/zone_workers.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "runtime/clock.h"
#include "runtime/disk_condition.h"

namespace antipode::index {

namespace {

constexpr std::size_t kWriteBytesMax = 1 * kMiB;
constexpr std::size_t kApplyBytesMax = 1 * kMiB;
constexpr std::size_t kReadersQueuedMax = 4096;
constexpr std::chrono::milliseconds kTidyEvery{100};
constexpr std::chrono::seconds kReclaimEvery{2};
// Less garbage than this is not worth a copy of what is left.
constexpr std::uint64_t kGarbageBytesMin = 32 * kMiB;

void write_log(const std::shared_ptr<Sequencer>& sequencer,
               const std::shared_ptr<ZoneReplica>& replica,
               std::size_t zone,
               std::uint64_t incarnation) {
    runtime::ask_for_short_slice();
    std::vector<std::string_view> pieces;
    while (true) {
        const Sequencer::Records records =
            sequencer->take_to_write(zone, incarnation, kWriteBytesMax);
        if (records.empty()) {
            return;
        }
        pieces.clear();
        for (const auto& record : records) {
            pieces.emplace_back(record->bytes);
        }
        const runtime::Instant start = runtime::steady_now();
        const Result<void> written = replica->log.append(pieces);
        if (!written) {
            return replica->files.report(written.error());
        }
        LogMetrics::Zone& metrics = sequencer->metrics().zones[zone];
        metrics.write_time.record(runtime::steady_now() - start);
        metrics.group_records.record(records.size());
        sequencer->written(zone, incarnation, records.back()->lsn());
    }
}

void apply_log(const std::shared_ptr<Sequencer>& sequencer,
               const std::shared_ptr<ZoneReplica>& replica,
               std::size_t zone,
               std::uint64_t incarnation) {
    while (true) {
        const Sequencer::Records records =
            sequencer->take_to_apply(zone, incarnation, kApplyBytesMax);
        if (records.empty()) {
            return;
        }
        const Result<void> applied = replica->rows->apply(records);
        if (!applied) {
            return replica->files.report(applied.error());
        }
        sequencer->applied(zone, incarnation, records.back()->lsn());
    }
}

}  // namespace

/// Keeps a segment ready, lets old ones go, and has rows flushed before too much log is behind
/// them.
struct ZoneWorkers::Janitor {
    std::size_t zone = 0;
    std::shared_ptr<ZoneReplica> replica;
    std::shared_ptr<Sequencer> sequencer;
    std::shared_ptr<LogRetention> retention;
    WorkersOptions options;

    std::mutex mutex;
    runtime::DiskCondition wake;
    bool is_stopping = false;

    Lsn last_applied = 0;
    runtime::Instant last_change = runtime::steady_now();
    std::uint64_t flush_asked_at = 0;

    void run() {
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, kTidyEvery, [this] { return is_stopping; })) {
            lock.unlock();
            const Result<void> tidied = tidy();
            if (!tidied) {
                return replica->files.report(tidied.error());
            }
            lock.lock();
        }
    }

    Result<void> tidy() {
        const Sequencer::Progress progress = sequencer->progress(zone);
        TRY(const Applied flushed, replica->rows->flushed());
        retention->note_flushed(zone, flushed.position);
        TRY_VOID(flush_when_due(progress, flushed));
        return replica->log.maintain(progress.durable_position,
                                     retention->keep_from(progress.durable_position));
    }

    Result<void> flush_when_due(const Sequencer::Progress& progress, const Applied& flushed) {
        const runtime::Instant now = runtime::steady_now();
        if (progress.applied != last_applied) {
            last_applied = progress.applied;
            last_change = now;
        }
        const std::uint64_t since = std::max(flushed.position, flush_asked_at);
        const bool is_long =
            progress.durable_position - std::min(since, progress.durable_position) >
            options.flush_log_bytes;
        const bool is_idle = now - last_change > options.flush_when_idle &&
                             flushed.lsn < progress.applied &&
                             flush_asked_at < progress.durable_position;
        if (is_long || is_idle) {
            flush_asked_at = progress.durable_position;
            return replica->rows->flush(false);
        }
        return {};
    }
};

/// Copies the bodies that are left once half of all are garbage: at most one byte copied for each
/// byte that was removed.
struct ZoneWorkers::Reclaimer {
    std::shared_ptr<ZoneReplica> replica;

    std::mutex mutex;
    runtime::DiskCondition wake;
    std::atomic<bool> is_stopping = false;

    void run() {
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, kReclaimEvery, [this] { return is_stopping.load(); })) {
            lock.unlock();
            const RowTable::Bodies bodies = replica->rows->bodies();
            if (bodies.garbage >= std::max(kGarbageBytesMin, bodies.bytes / 2)) {
                const Result<void> reclaimed = replica->rows->reclaim(is_stopping);
                if (!reclaimed) {
                    return replica->files.report(reclaimed.error());
                }
            }
            lock.lock();
        }
    }
};

ZoneWorkers::ZoneWorkers(std::size_t zone,
                         const std::string& zone_name,
                         std::shared_ptr<ZoneReplica> replica,
                         std::shared_ptr<Sequencer> sequencer,
                         std::uint64_t incarnation,
                         std::shared_ptr<LogRetention> retention,
                         WorkersOptions options)
    : zone_(zone),
      replica_(std::move(replica)),
      janitor_state_(std::make_shared<Janitor>()),
      reclaimer_state_(std::make_shared<Reclaimer>()),
      writer_("log-" + zone_name, 1, 1),
      applier_("apply-" + zone_name, 1, 1),
      janitor_("tidy-" + zone_name, 1, 1),
      reclaimer_("free-" + zone_name, 1, 1),
      readers_("read-" + zone_name, 2, kReadersQueuedMax) {
    janitor_state_->zone = zone;
    janitor_state_->replica = replica_;
    janitor_state_->sequencer = sequencer;
    janitor_state_->retention = std::move(retention);
    janitor_state_->options = options;
    janitor_.post([janitor = janitor_state_] { janitor->run(); });
    reclaimer_state_->replica = replica_;
    reclaimer_.post([reclaimer = reclaimer_state_] { reclaimer->run(); });
    writer_.post([sequencer, replica = replica_, zone, incarnation] {
        write_log(sequencer, replica, zone, incarnation);
    });
    applier_.post([sequencer, replica = replica_, zone, incarnation] {
        apply_log(sequencer, replica, zone, incarnation);
    });
}

ZoneWorkers::~ZoneWorkers() {
    let_go();
}

void ZoneWorkers::let_go() {
    stop(runtime::Duration::zero());
}

bool ZoneWorkers::stop(runtime::Duration patience) {
    {
        const std::scoped_lock lock(janitor_state_->mutex);
        janitor_state_->is_stopping = true;
    }
    janitor_state_->wake.notify_all();
    {
        const std::scoped_lock lock(reclaimer_state_->mutex);
        reclaimer_state_->is_stopping = true;
    }
    reclaimer_state_->wake.notify_all();
    const runtime::Instant end = runtime::steady_now() + patience;
    bool all_ended = true;
    for (runtime::DiskThreads* threads : {&writer_, &applier_, &janitor_, &reclaimer_, &readers_}) {
        all_ended =
            threads->stop(std::max(runtime::Duration::zero(), end - runtime::steady_now())) &&
            all_ended;
    }
    return all_ended;
}

}  // namespace antipode::index
