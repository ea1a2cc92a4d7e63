#pragma once

#include <memory>

#include "blob/zoned/zoned_blob_store.h"
#include "index/zoned/zoned_store.h"
#include "runtime/fault_file_system.h"
#include "runtime/task_group.h"
#include "server/stores.h"

namespace antipode::server {

/// `--engine local`: three zone directories, rows and bytes in each. All files go through one
/// FaultFileSystem, so that drills can practise the loss of a zone on a server that runs.
class LocalStores final : public Stores, public admin::Protection {
  public:
    /// Blocks while it recovers: not for executors. `executor` runs upkeep and refills later.
    static Result<std::unique_ptr<LocalStores>> open(const Config& config,
                                                     runtime::Executor& executor);

    index::IndexStore& index() override { return *index_; }

    blob::BlobStore& blobs() override { return *blobs_; }

    zone::ZoneSet* zones() override { return zones_.get(); }

    admin::ZoneDrills* drills() override { return drills_.get(); }

    const admin::Protection* protection() override { return this; }

    runtime::FileSystem* files() override { return &files_; }

    admin::ScrubWork scrub_work() override;
    void observe(telemetry::Metrics& metrics) const override;

    [[nodiscard]] std::uint64_t under_protected() const override {
        return blobs_->status().under_protected;
    }

    [[nodiscard]] std::string trouble() const override;

    Task<Result<void>> begin_upkeep(blob::Liveness& liveness) override;
    Task<void> end_upkeep() override;
    Task<void> stop() override;

  private:
    explicit LocalStores(runtime::Executor& executor) : executor_(executor) {}

    runtime::Executor& executor_;
    // Threads that hang in a zone may outlive everything but these two.
    std::unique_ptr<runtime::FileSystem> disk_ = runtime::make_posix_file_system();
    runtime::FaultFileSystem files_{*disk_};
    std::unique_ptr<zone::ZoneSet> zones_;
    std::unique_ptr<index::ZonedStore> index_;
    std::unique_ptr<blob::ZonedBlobStore> blobs_;
    std::unique_ptr<admin::ZoneDrills> drills_;
};

}  // namespace antipode::server
