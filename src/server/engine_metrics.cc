#include "server/engine_metrics.h"

#include <algorithm>
#include <array>
#include <string>

namespace antipode::server {

namespace {

using telemetry::Labels;
using telemetry::Metrics;
using telemetry::Unit;

template <typename T>
double number(T value) {
    return static_cast<double>(value);
}

}  // namespace

void observe_zones(Metrics& metrics,
                   const zone::ZoneSet& zones,
                   const admin::Protection& protection) {
    constexpr std::array kStates{zone::ZoneState::Ok,
                                 zone::ZoneState::Suspect,
                                 zone::ZoneState::Out,
                                 zone::ZoneState::CatchingUp};
    for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
        const std::string name = zones.options().names[zone];
        for (const zone::ZoneState state : kStates) {
            metrics.observe(
                "antipode_zone_state",
                "1 for the state that the zone is in, 0 for the others.",
                {{"zone", name}, {"state", std::string(name_of(state))}},
                [&zones, zone, state] { return zones.state(zone) == state ? 1.0 : 0.0; });
        }
        metrics.observe("antipode_zone_catch_up_ratio",
                        "How far the zone has caught up, 1 when it is complete.",
                        {{"zone", name}},
                        [&zones, zone] { return zones.status()[zone].progress; });
        metrics.observe("antipode_zone_could_lose",
                        "1 when this zone could be lost now without losing anything acknowledged.",
                        {{"zone", name}},
                        [&zones, name] {
                            const std::vector<std::string> names =
                                admin::could_lose(zones.status());
                            return std::ranges::find(names, name) == names.end() ? 0.0 : 1.0;
                        });
    }
    metrics.observe("antipode_under_protected_bodies",
                    "Bodies that are not whole in three zones just now.",
                    {},
                    [&protection] { return number(protection.under_protected()); });
}

void observe_log(Metrics& metrics, const index::ZonedStore& store, const zone::ZoneOptions& zones) {
    metrics.observe("antipode_commit_log_head_bytes",
                    "Position in the log where the next record goes.",
                    {},
                    [&store] { return number(store.progress(0).tail); });
    metrics.observe("antipode_commit_log_committed_records_total",
                    "Records committed over the life of the region.",
                    {},
                    [&store] { return number(store.progress(0).committed); });
    metrics.observe("antipode_commit_seconds",
                    "From a commit's place in the log until it is durable in two zones.",
                    Unit::Seconds,
                    {},
                    store.metrics().commit_time);
    for (std::size_t zone = 0; zone < zone::kZones; ++zone) {
        const Labels labels{{"zone", zones.names[zone]}};
        metrics.observe("antipode_commit_log_durable_record",
                        "Number of the last record that is durable in the zone's log.",
                        labels,
                        [&store, zone] { return number(store.progress(zone).durable); });
        metrics.observe("antipode_commit_log_applied_record",
                        "Number of the last record that is applied to the zone's rows.",
                        labels,
                        [&store, zone] { return number(store.progress(zone).applied); });
        metrics.observe("antipode_commit_log_lag_bytes",
                        "How much of the log the zone does not have yet.",
                        labels,
                        [&store, zone] { return number(store.progress(zone).lag_bytes); });
        metrics.observe("antipode_commit_log_group_records",
                        "Records that one flush of the zone's log made durable.",
                        Unit::Count,
                        labels,
                        store.metrics().zones[zone].group_records);
        metrics.observe("antipode_commit_log_write_seconds",
                        "Time to write and flush such a group.",
                        Unit::Seconds,
                        labels,
                        store.metrics().zones[zone].write_time);
    }
}

void observe_blobs(Metrics& metrics, const blob::ZonedBlobStore& store) {
    const blob::BlobCounters& counters = store.counters();
    metrics.observe("antipode_blob_live", "Bodies that are kept.", {}, [&counters] {
        return std::max(0.0, number(counters.live_blobs.load()));
    });
    metrics.observe("antipode_blob_live_bytes", "Bytes of users in them.", {}, [&counters] {
        return std::max(0.0, number(counters.live_bytes.load()));
    });
    metrics.observe("antipode_blob_degraded",
                    "Bodies that were written without a zone and wait for their completion.",
                    {},
                    [&counters] { return std::max(0.0, number(counters.degraded_blobs.load())); });
    metrics.observe(
        "antipode_blob_used_bytes", "Space in use for bodies, in each zone.", {}, [&store] {
            return number(store.status().used_bytes);
        });
    metrics.observe("antipode_blob_space_unknown",
                    "1 while rows cannot be read and so no space of earlier runs is used again.",
                    {},
                    [&store] { return store.status().space_unknown.empty() ? 0.0 : 1.0; });
    metrics.observe("antipode_blob_writes_total", "Bodies written.", {}, [&counters] {
        return number(counters.blobs_written.load());
    });
    metrics.observe("antipode_blob_degraded_writes_total",
                    "Bodies written without one of the zones.",
                    {},
                    [&counters] { return number(counters.blobs_degraded.load()); });
    metrics.observe(
        "antipode_blob_decoded_stripes_total",
        "Stripes whose readers needed parity, for a shard that was bad, slow or absent.",
        {},
        [&counters] { return number(counters.stripes_decoded.load()); });
    metrics.observe("antipode_blob_healed_shards_total", "Shards written anew.", {}, [&counters] {
        return number(counters.shards_healed.load());
    });
    metrics.observe("antipode_blob_stripe_write_seconds",
                    "Until a stripe of a body was safe.",
                    Unit::Seconds,
                    {},
                    counters.stripe_write_time);
    metrics.observe("antipode_blob_stripe_read_seconds",
                    "Until a reader had what it needs of a stripe.",
                    Unit::Seconds,
                    {},
                    counters.stripe_read_time);
}

}  // namespace antipode::server
