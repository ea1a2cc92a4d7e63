#pragma once

#include "blob/memory_blob_store.h"
#include "index/memory_store.h"
#include "server/stores.h"

namespace antipode::server {

/// `--engine memory`: the references of both doors. Keeps nothing beyond the process.
class MemoryStores final : public Stores {
  public:
    index::IndexStore& index() override { return index_; }

    blob::BlobStore& blobs() override { return blobs_; }

    zone::ZoneSet* zones() override { return nullptr; }

    admin::ZoneDrills* drills() override { return nullptr; }

    const admin::Protection* protection() override { return nullptr; }

    runtime::FileSystem* files() override { return nullptr; }

    admin::ScrubWork scrub_work() override { return nullptr; }

    void observe(telemetry::Metrics&) const override {}

    Task<Result<void>> begin_upkeep(blob::Liveness&) override { co_return Result<void>(); }

    Task<void> end_upkeep() override { co_return; }

    Task<void> stop() override { co_return; }

  private:
    index::MemoryStore index_;
    blob::MemoryBlobStore blobs_;
};

}  // namespace antipode::server
