#include "index/zoned/zoned_store.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "index/zoned/recovery.h"
#include "index/zoned/rocks_table.h"
#include "runtime/clock.h"
#include "runtime/disk_condition.h"

namespace antipode::index {

namespace {

constexpr std::chrono::milliseconds kTickEvery{50};
constexpr std::chrono::seconds kStartMax{30};
constexpr std::chrono::seconds kFlushMax{3};
constexpr std::chrono::seconds kStopMax{2};
constexpr std::chrono::seconds kCloseMax{2};

}  // namespace

ZonedStore::ZonedStore(ZonedStoreOptions options, zone::ZoneSet& zones, runtime::FileSystem& files)
    : options_(options),
      zones_(zones),
      files_(files),
      tables_(options.tables
                  ? options.tables
                  : make_rocks_tables(options.block_cache_bytes, options.write_buffer_bytes)),
      retention_(std::make_shared<LogRetention>(options.absent_log_bytes_max)) {}

ZonedStore::~ZonedStore() {
    CHECK(is_closed_);
}

Result<std::unique_ptr<ZonedStore>> ZonedStore::open(ZonedStoreOptions options,
                                                     zone::ZoneSet& zones,
                                                     runtime::FileSystem& files) {
    std::unique_ptr<ZonedStore> store(new ZonedStore(options, zones, files));
    const Result<void> started = store->start();
    if (!started) {
        store->end(false);
        return fail(started.error());
    }
    return store;
}

Result<void> ZonedStore::start() {
    TRY(const Recovered recovered, recover(zones_, files_, tables_, options_.segment_bytes));
    segment_bytes_ = recovered.segment_bytes;
    sequencer_ = std::make_shared<Sequencer>(options_.sequencer, recovered.last, recovered.epoch);
    for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
        const auto& replica = recovered.replicas[zone];
        if (!replica) {
            zones_.force_out(zone, recovered.reasons[zone]);
            continue;
        }
        // Before any zone tidies up its log: what each of them still needs of it.
        TRY(const Applied flushed, replica->rows->flushed());
        retention_->note_flushed(zone, flushed.position);
    }
    for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
        const auto& replica = recovered.replicas[zone];
        if (!replica) {
            continue;
        }
        std::uint64_t incarnation = 0;
        CHECK(sequencer_->attach(zone, recovered.last.lsn, &incarnation));
        sequencer_->count(zone);
        const std::scoped_lock lock(mutex_);
        install_locked(zone, replica, incarnation);
    }
    ticker_ = std::make_unique<runtime::DiskThreads>("index-tick", 1, 1);
    ticker_->post([this] { run_ticks(); });

    // Nothing is served before the new epoch stands in two logs.
    CHECK(sequencer_->begin_epoch().kind == Sequencer::Attempt::Kind::Sequenced);
    const runtime::Instant end = runtime::steady_now() + kStartMax;
    std::unique_lock lock(mutex_);
    while (sequencer_->committed() <= recovered.last.lsn) {
        if (runtime::steady_now() > end) {
            return fail(ErrorCode::Unavailable,
                        "two zones did not take the first record of this start in time");
        }
        stop_ticking_.wait_for(lock, std::chrono::milliseconds(1));
    }
    return {};
}

void ZonedStore::install_locked(std::size_t zone,
                                std::shared_ptr<ZoneReplica> replica,
                                std::uint64_t incarnation) {
    workers_[zone] =
        std::make_shared<ZoneWorkers>(zone,
                                      zones_.options().names[zone],
                                      std::move(replica),
                                      sequencer_,
                                      incarnation,
                                      retention_,
                                      WorkersOptions{.flush_log_bytes = options_.flush_log_bytes,
                                                     .flush_when_idle = options_.flush_when_idle});
}

void ZonedStore::run_ticks() {
    std::unique_lock lock(mutex_);
    while (!is_closed_) {
        stop_ticking_.wait_for(lock, kTickEvery);
        lock.unlock();
        sequencer_->tick();
        if (const std::optional<std::size_t> zone = sequencer_->laggard()) {
            zones_.report_failure(*zone, {ErrorCode::Timeout, "it is too far behind the others"});
        }
        lock.lock();
    }
}

void ZonedStore::zone_went_out(std::size_t zone) {
    std::shared_ptr<ZoneWorkers> workers;
    std::shared_ptr<ZoneReplica> filling;
    {
        const std::scoped_lock lock(mutex_);
        workers = std::exchange(workers_.at(zone), nullptr);
        filling = std::exchange(filling_.at(zone), nullptr);
        if (workers) {
            left_behind_.push_back(workers);
        }
    }
    sequencer_->detach(zone);
    retention_->note_absent(zone);
    if (filling) {
        filling->files.revoke();
    }
    if (workers) {
        workers->replica()->files.revoke();
        workers->let_go();
    }
}

Task<void> ZonedStore::stop() {
    runtime::DiskThreads stopper("index-stop", 1, 1);
    static_cast<void>(co_await stopper.run([this]() -> Result<void> {
        end(true);
        return {};
    }));
}

void ZonedStore::abandon() {
    end(false);
}

/// The log of a zone whose rows are not flushed in time is replayed at the next start.
void ZonedStore::flush_rows(const std::vector<std::shared_ptr<ZoneWorkers>>& all) {
    std::vector<std::unique_ptr<runtime::DiskThreads>> flushers;
    for (const auto& workers : all) {
        flushers.push_back(std::make_unique<runtime::DiskThreads>("index-flush", 1, 1));
        flushers.back()->post(
            [replica = workers->replica()] { static_cast<void>(replica->rows->flush(true)); });
        flushers.back()->let_finish();
    }
    const runtime::Instant end = runtime::steady_now() + kFlushMax;
    for (const auto& flusher : flushers) {
        flusher->stop(std::max(runtime::Duration::zero(), end - runtime::steady_now()));
    }
}

void ZonedStore::end(bool with_flush) {
    std::vector<std::shared_ptr<ZoneWorkers>> all;
    {
        const std::scoped_lock lock(mutex_);
        if (std::exchange(is_closed_, true)) {
            return;
        }
        for (auto& workers : workers_) {
            if (workers) {
                all.push_back(std::move(workers));
            }
        }
        for (auto& filling : filling_) {
            if (filling) {
                filling->files.revoke();
                filling.reset();
            }
        }
        left_behind_.clear();
    }
    stop_ticking_.notify_all();
    if (ticker_) {
        CHECK(ticker_->stop(std::chrono::minutes(1)));
    }
    if (sequencer_) {
        sequencer_->stop();
    }
    if (with_flush) {
        flush_rows(all);
    }
    const runtime::Instant stopped = runtime::steady_now() + kStopMax;
    std::vector<std::shared_ptr<runtime::Handover<bool>>> closed;
    for (std::shared_ptr<ZoneWorkers>& workers : all) {
        workers->replica()->files.revoke();
        workers->stop(std::max(runtime::Duration::zero(), stopped - runtime::steady_now()));
        const auto answer = closed.emplace_back(std::make_shared<runtime::Handover<bool>>());
        workers->replica()->on_closed = [answer] { answer->set(true); };
        workers.reset();
    }
    const runtime::Instant end = runtime::steady_now() + kCloseMax;
    for (const auto& one : closed) {
        static_cast<void>(one->wait_for(end - runtime::steady_now()));
    }
}

}  // namespace antipode::index
