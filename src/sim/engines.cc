#include "sim/engines.h"

#include "blob/memory_blob_store.h"
#include "index/memory_store.h"

namespace antipode::sim {

namespace {

class MemoryEngines final : public Engines {
  public:
    MemoryEngines(index::IndexStore& rows, blob::BlobStore& blobs) : rows_(rows), blobs_(blobs) {}

    index::IndexStore& rows() override { return rows_; }

    blob::BlobStore& blobs() override { return blobs_; }

    Task<void> begin_upkeep(blob::Liveness& /*liveness*/) override { co_return; }

    void die() override {}

    Task<void> give_up() override { co_return; }

    Task<void> wind_up() override { co_return; }

  private:
    index::IndexStore& rows_;
    blob::BlobStore& blobs_;
};

class MemoryGround final : public Ground {
  public:
    Task<Result<std::unique_ptr<Engines>>> open(runtime::Executor& /*executor*/) override {
        co_return std::unique_ptr<Engines>(std::make_unique<MemoryEngines>(rows_, blobs_));
    }

    void cut_power() override {}

  private:
    index::MemoryStore rows_;
    blob::MemoryBlobStore blobs_;
};

}  // namespace

std::unique_ptr<Ground> make_memory_ground() {
    return std::make_unique<MemoryGround>();
}

}  // namespace antipode::sim
