#include "server/local_stores.h"

#include <utility>

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

Task<Result<admin::ScrubOutcome>> scrub(blob::ZonedBlobStore& blobs,
                                        std::function<void(double)> progress) {
    CO_TRY(blob::ScrubReport report, co_await blobs.scrub(std::move(progress)));
    admin::ScrubOutcome outcome;
    outcome.checked = report.blobs;
    outcome.bytes = report.bytes;
    outcome.healed = report.shards_rewritten + report.completed;
    outcome.not_checked = report.not_checked;
    outcome.lost = std::move(report.corrupt_owners);
    co_return outcome;
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
    return [this](std::function<void(double)> progress) {
        return scrub(*blobs_, std::move(progress));
    };
}

}  // namespace antipode::server
