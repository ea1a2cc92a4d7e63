#pragma once

#include <memory>
#include <optional>

#include "admin/scrubs.h"
#include "admin/zone_drills.h"
#include "admin/zone_routes.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "index/index_store.h"
#include "runtime/executor.h"
#include "runtime/file_system.h"
#include "runtime/task.h"
#include "server/config.h"
#include "telemetry/metrics.h"
#include "zone/zone_set.h"

namespace antipode::server {

/// The engines of a region: where rows and bytes are kept. What the engine `memory` does not have
/// is null.
class Stores {
  public:
    Stores() = default;
    virtual ~Stores() = default;
    Stores(const Stores&) = delete;
    Stores& operator=(const Stores&) = delete;

    virtual index::IndexStore& index() = 0;
    virtual blob::BlobStore& blobs() = 0;
    virtual zone::ZoneSet* zones() = 0;
    virtual admin::ZoneDrills* drills() = 0;
    virtual const admin::Protection* protection() = 0;
    virtual runtime::FileSystem* files() = 0;
    virtual admin::ScrubWork scrub_work() = 0;
    /// Shows what the engines know of themselves; they outlive whoever asks `metrics`.
    virtual void observe(telemetry::Metrics& metrics) const = 0;

    /// Once `liveness` can answer (the catalog is loaded): the space of what nobody names becomes
    /// free, zones that are out are brought back from now on.
    virtual Task<Result<void>> begin_upkeep(blob::Liveness& liveness) = 0;
    /// After the last request: what works in the background ends, rows are still there.
    virtual Task<void> end_upkeep() = 0;
    /// Bounded, even when a zone hangs.
    virtual Task<void> stop() = 0;
};

/// Recovers what is there. On error everything that was opened has been closed again. `executor`
/// runs upkeep.
Task<Result<std::unique_ptr<Stores>>> open_stores(Config config, runtime::Executor& executor);

}  // namespace antipode::server
