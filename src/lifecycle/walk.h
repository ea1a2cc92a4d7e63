#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "catalog/catalog.h"
#include "object/object_service.h"
#include "runtime/executor.h"
#include "runtime/task.h"

namespace antipode::lifecycle {

/// What walks have done.
struct Figures {
    std::uint64_t buckets = 0;
    std::uint64_t looked_at = 0;  ///< Versions, markers and unfinished uploads.
    std::uint64_t expired = 0;    ///< Latest versions: deleted, or under a marker.
    std::uint64_t versions_removed = 0;
    std::uint64_t markers_removed = 0;
    std::uint64_t moved = 0;  ///< To another class.
    std::uint64_t uploads_aborted = 0;
    std::uint64_t changed_meanwhile = 0;  ///< Left alone: somebody changed them after the look.
    std::uint64_t refused = 0;            ///< As a client would have been.

    Figures& operator+=(const Figures& other);
    bool operator==(const Figures&) const = default;
};

struct Tools {
    object::ObjectService& objects;
    /// As long as the rules' days; shorter in tests.
    runtime::Duration day = std::chrono::hours(24);
    std::size_t page = 100;  ///< What a walk may still do when it is told to end.
};

/// One walk over one bucket.
struct BucketWalk {
    std::shared_ptr<catalog::OpenBucket> bucket;
    std::string after_key;  ///< Where one that was broken off had come to.
    /// Why something was refused the last time; of the walk's `refused`.
    std::function<void(const Error&)> refused;
    /// Now and then: what was done since the last call, and the key that it is behind. False ends
    /// the walk (Closed).
    std::function<Task<bool>(Figures done, std::string behind_key)> pause;
};

/// Does what the rules say, one thing after the other, with pauses as long as the work: clients go
/// first. Something that was changed after it was looked at is left alone until the next walk. An
/// error that may pass (Unavailable) ends the walk.
Task<Result<void>> walk_bucket(Tools tools, BucketWalk walk);

}  // namespace antipode::lifecycle
