#include "server/local_stores.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "server/engine_metrics.h"
#include "telemetry/log.h"

namespace antipode::server {

namespace {

zone::ZoneOptions zone_options(const Config& config) {
    zone::ZoneOptions options;
    options.directories = config.zones;
    options.region = config.region;
    options.suspect_after = config.suspect_after;
    options.out_after = config.out_after;
    return options;
}

index::ZonedStoreOptions index_options(const Config& config) {
    index::ZonedStoreOptions options;
    options.block_cache_bytes = config.block_cache_bytes;
    return options;
}

admin::ScrubOutcome outcome_of(const blob::ScrubReport& report) {
    return {.checked = report.blobs,
            .bytes = report.bytes,
            .healed = report.shards_rewritten + report.completed,
            .not_checked = report.not_checked,
            .lost = report.lost};
}

/// A scrub that has weeks is no load; a small region's need not take them.
std::uint64_t pace_of(const blob::ZonedBlobStore& blobs, runtime::Duration within) {
    const auto seconds = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(within).count());
    return seconds == 0 ? 0 : std::max<std::uint64_t>(kMiB, blobs.status().live_bytes / seconds);
}

Task<Result<admin::ScrubOutcome>> scrub(blob::ZonedBlobStore& blobs, admin::ScrubOrder order) {
    blob::ScrubRun run;
    run.from = std::move(order.from);
    run.so_far = {.blobs = order.so_far.checked,
                  .bytes = order.so_far.bytes,
                  .shards_rewritten = order.so_far.healed,
                  .not_checked = order.so_far.not_checked,
                  .lost = order.so_far.lost};
    run.bytes_per_second = pace_of(blobs, order.within);
    run.progress = std::move(order.progress);
    run.lost = std::move(order.lost);
    run.checkpoint = [tell = std::move(order.checkpoint)](const blob::ScrubReport& so_far,
                                                          std::string place) {
        return tell(outcome_of(so_far), std::move(place));
    };
    CO_TRY(const blob::ScrubReport report, co_await blobs.scrub(std::move(run)));
    co_return outcome_of(report);
}

}  // namespace

Result<std::unique_ptr<LocalStores>> LocalStores::open(const Config& config,
                                                       runtime::Executor& executor) {
    std::unique_ptr<LocalStores> stores(new LocalStores(executor));
    TRY(stores->zones_, zone::ZoneSet::open(zone_options(config), stores->files_));
    TRY(stores->index_,
        index::ZonedStore::open(index_options(config), *stores->zones_, stores->files_));
    stores->zones_->add_member(*stores->index_);
    auto blobs = blob::ZonedBlobStore::open(*stores->zones_, stores->files_);
    if (!blobs) {
        stores->index_->abandon();
        return fail(std::move(blobs).error());
    }
    stores->blobs_ = std::move(*blobs);
    stores->zones_->add_member(*stores->blobs_);
    stores->drills_ = std::make_unique<admin::ZoneDrills>(stores->files_, config.zones);
    return stores;
}

Task<Result<void>> LocalStores::begin_upkeep(blob::Liveness& liveness) {
    // A row that cannot be read must not keep the region from serving all others; only reuse of
    // space waits, and trouble() says so.
    static_cast<void>(co_await blobs_->start(liveness));
    zones_->start_probing(executor_);
    co_return Result<void>();
}

Task<void> LocalStores::end_upkeep() {
    // First of all, so that no disk hangs for the sake of practice.
    drills_->stop();
    co_await zones_->stop();
    co_await blobs_->stop();
}

Task<void> LocalStores::stop() {
    co_await index_->stop();
}

std::string LocalStores::trouble() const {
    const std::string unknown = blobs_->status().space_unknown;
    return unknown.empty() ? "" : "give no space back while a row cannot be read: " + unknown;
}

void LocalStores::observe(telemetry::Metrics& metrics) const {
    observe_zones(metrics, *zones_, *this);
    observe_log(metrics, *index_, zones_->options());
    observe_blobs(metrics, *blobs_);
}

admin::ScrubWork LocalStores::scrub_work() {
    return [this](admin::ScrubOrder order) { return scrub(*blobs_, std::move(order)); };
}

}  // namespace antipode::server
