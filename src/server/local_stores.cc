#include "server/local_stores.h"

#include <utility>

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

}  // namespace

Result<std::unique_ptr<LocalStores>> LocalStores::open(const Config& config, runtime::Executor& executor) {
    std::unique_ptr<LocalStores> stores(new LocalStores(executor));
    TRY(stores->zones_, zone::ZoneSet::open(zone_options(config), stores->files_));
    TRY(stores->index_, index::ZonedStore::open(index_options(config), *stores->zones_, stores->files_));
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
    // A row that cannot be read must not keep the region from serving all others; only reuse of space waits.
    if (const auto started = co_await blobs_->start(liveness); !started) {
        telemetry::log().error("space is not given back: what names it cannot be read", {{"reason", started.error().message}});
    }
    zones_->start_probing(executor_);
    co_return Result<void>();
}

Task<void> LocalStores::stop() {
    // First of all, so that no disk hangs for the sake of practice.
    drills_->stop();
    co_await zones_->stop();
    co_await blobs_->stop();
    co_await index_->stop();
}

}  // namespace antipode::server
