#pragma once

#include "admin/zone_routes.h"
#include "blob/zoned/zoned_blob_store.h"
#include "index/zoned/zoned_store.h"
#include "telemetry/metrics.h"
#include "zone/zone_set.h"

// What the engines of an embedded region show to Prometheus. Values are read when they are asked
// for; what is given here outlives whoever asks.

namespace antipode::server {

/// State and progress of each zone, what is under-protected, what could be lost now.
void observe_zones(telemetry::Metrics& metrics,
                   const zone::ZoneSet& zones,
                   const admin::Protection& protection);

/// The commit log: where its head is, how far each zone is behind, groups and times.
void observe_log(telemetry::Metrics& metrics,
                 const index::ZonedStore& store,
                 const zone::ZoneOptions& zones);

/// Bodies: how many there are, how they stand, what was read, written and healed.
void observe_blobs(telemetry::Metrics& metrics, const blob::ZonedBlobStore& store);

}  // namespace antipode::server
