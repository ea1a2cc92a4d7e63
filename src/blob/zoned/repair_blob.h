#pragma once

#include <array>

#include "blob/zoned/stripe_fetch.h"
#include "blob/zoned/throttle.h"

namespace antipode::blob {

enum class Depth : std::uint8_t {
    /// The first block in each segment stands for the rest: finds a zone that was replaced, not a
    /// flipped bit.
    Sample,
    Every,
};

struct RepairScope {
    std::array<bool, kZones> zones{};  ///< Whose shards are checked and rewritten.
    Depth depth = Depth::Every;
};

/// Checks what the zones hold of the blob (from the medium) and rebuilds what is bad, at its place;
/// rewrites nothing that is intact. Gives how many shards it rewrote. Of single stripes, the rest
/// being repaired all the same: Corrupt, too few good shards are left, or Io, too few while a
/// zone's disk cannot read its own (EIO), which may pass. Unavailable: a zone does not answer or
/// does not take the shards, and nothing more was tried.
Task<Result<std::size_t>> repair_blob(Engine& engine,
                                      std::shared_ptr<const OpenBlob> blob,
                                      RepairScope scope,
                                      Throttle& throttle);

/// Gives every zone that the blob was written without its own shards. The result is the layout
/// without extra copies; whose place they take is for the caller to settle. Errors as above.
Task<Result<BlobLayout>> complete_blob(Engine& engine,
                                       std::shared_ptr<const OpenBlob> blob,
                                       Throttle& throttle);

}  // namespace antipode::blob
