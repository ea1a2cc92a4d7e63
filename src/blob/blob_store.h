#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "runtime/byte_source.h"
#include "runtime/task.h"

namespace antipode::blob {

/// Where the bytes of one blob are: self-describing, kept by whoever names the blob (a row). Opaque
/// above this room; the encoding is versioned (docs/formats/blob-ref.md) and at most about 60 bytes
/// plus 40 per 64 MiB.
class BlobRef {
  public:
    BlobRef() = default;

    explicit BlobRef(std::string encoded) : encoded_(std::move(encoded)) {}

    [[nodiscard]] const std::string& encoded() const { return encoded_; }

    bool operator==(const BlobRef&) const = default;

  private:
    std::string encoded_;
};

struct BlobHint {
    std::optional<std::uint64_t> size;  ///< Exact size when known; only a hint for placement.
};

struct WrittenBlob {
    BlobRef ref;
    std::uint64_t size = 0;
};

/// A blob found by a walk over what names blobs. `owner` is the walker's own note to find the row
/// again.
struct NamedBlob {
    std::string owner;
    BlobRef ref;
};

/// Answers which blobs are still named. catalog/ implements it; blob/ asks at start (to know which
/// space is free), for refill, scrub and healing.
class Liveness {
  public:
    Liveness() = default;
    Liveness(const Liveness&) = delete;
    Liveness& operator=(const Liveness&) = delete;
    virtual ~Liveness() = default;

    /// The next page after `cursor` (empty = start); sets `cursor` to where to go on, empty at the
    /// end.
    virtual Task<Result<std::vector<NamedBlob>>> named_blobs(std::string& cursor) = 0;
    /// Puts `to` in the place of `from` in the row that owns it. False when the row has changed or
    /// gone (then `to` is to be removed again).
    virtual Task<Result<bool>> replace(NamedBlob from, BlobRef to) = 0;
};

/// Immutable bytes over the three zones. A blob is complete and readable from any two zones (any
/// one of the two that took it when it was written with a zone out), or it does not exist.
///
/// Errors: Unavailable (fewer than two zones; nothing was kept), Corrupt (a read that no surviving
/// shards can answer), NotFound (the space was reused: the blob was removed), and whatever the
/// source of the body gives. Threads: any executor.
class BlobStore {
  public:
    BlobStore() = default;
    BlobStore(const BlobStore&) = delete;
    BlobStore& operator=(const BlobStore&) = delete;
    virtual ~BlobStore() = default;

    /// Reads `body` to its end and stores it; durable when it returns. On error nothing is kept.
    virtual Task<Result<WrittenBlob>> write(ByteSource& body, BlobHint hint) = 0;
    /// Reads lazily; the source keeps the blob's space from being reused while it lives. range must
    /// lie in the blob.
    virtual Result<std::unique_ptr<ByteSource>> open(BlobRef ref, ByteRange range) = 0;
    /// Gives the space back (after a grace period, so that readers who have just looked the row up
    /// still succeed). Idempotent within one run; call only when no row names the blob any more.
    virtual void remove(BlobRef ref) = 0;
};

}  // namespace antipode::blob
