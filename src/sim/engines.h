#pragma once

#include <cstdint>
#include <memory>

#include "blob/blob_store.h"
#include "index/index_store.h"
#include "runtime/executor.h"
#include "runtime/task.h"

namespace antipode::sim {

/// The reference engines, or the real ones over zones.
enum class EngineKind : std::uint8_t { Memory, Zoned };

/// Rows and bytes as one process has them.
class Engines {
  public:
    Engines() = default;
    Engines(const Engines&) = delete;
    Engines& operator=(const Engines&) = delete;
    virtual ~Engines() = default;

    virtual index::IndexStore& rows() = 0;
    virtual blob::BlobStore& blobs() = 0;
    /// On the executor of the process, once its rows can be read. `liveness` outlives wind_up().
    virtual Task<void> begin_upkeep(blob::Liveness& liveness) = 0;
    /// The process is gone: nothing it does has an effect any more.
    virtual void die() = 0;
    /// Then: calls that wait are answered, soon.
    virtual Task<void> give_up() = 0;
    /// Then: ends what still works in it, but for the calls of clients.
    virtual Task<void> wind_up() = 0;
};

/// What is durable of a region, whichever process uses it.
class Ground {
  public:
    Ground() = default;
    Ground(const Ground&) = delete;
    Ground& operator=(const Ground&) = delete;
    virtual ~Ground() = default;

    /// One at a time. `executor` is the process's.
    virtual Task<Result<std::unique_ptr<Engines>>> open(runtime::Executor& executor) = 0;
    /// No process runs. What was not flushed is lost.
    virtual void cut_power() = 0;
};

/// The reference engines: they keep everything, and have no zones.
std::unique_ptr<Ground> make_memory_ground();

}  // namespace antipode::sim
