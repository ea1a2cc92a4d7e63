#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "blob/blob_store.h"

namespace antipode::blob {

/// The contract in memory: for tests of the rooms above and as the reference of the simulator. No
/// grace period: remove() takes effect at once for open(); sources that live go on.
class MemoryBlobStore final : public BlobStore {
  public:
    Task<Result<WrittenBlob>> write(ByteSource& body, BlobHint hint) override;
    Result<std::unique_ptr<ByteSource>> open(BlobRef ref, ByteRange range) override;
    void remove(BlobRef ref) override;

    /// Blobs that were written and not removed: what a test of garbage asks.
    [[nodiscard]] std::size_t count() const;
    /// Until cleared every write reads its body and fails with `error`, keeping nothing.
    void fail_writes(std::optional<Error> error);
    /// Until cleared every open fails with `error`.
    void fail_reads(std::optional<Error> error);
    /// Nobody can read this one any more: Corrupt.
    void damage(const BlobRef& ref);

  private:
    using Content = std::shared_ptr<const Bytes>;

    mutable std::mutex mutex_;
    std::uint64_t next_id_ = 1;
    std::map<std::string, Content> blobs_;
    std::optional<Error> write_error_;
    std::optional<Error> read_error_;
    std::set<std::string> damaged_;
};

}  // namespace antipode::blob
