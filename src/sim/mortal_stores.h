#pragma once

#include <memory>
#include <set>
#include <string>

#include "blob/blob_store.h"
#include "index/index_store.h"

namespace antipode::sim {

/// The life of one process. Once it has ended nothing that it does has an effect any more.
struct Life {
    bool has_ended = false;
};

/// What ails the disks of a region, whichever process uses them.
struct Ailment {
    bool is_full = false;           ///< Writes are refused.
    bool is_damaging = false;       ///< What is written now cannot be read before it is mended.
    std::set<std::string> damaged;  ///< Blobs.
};

/// A row store as one process sees it: each call takes time before and after it takes effect, and
/// the process may die in either.
class MortalIndex final : public index::IndexStore {
  public:
    /// `durable` outlives it.
    MortalIndex(index::IndexStore& durable,
                std::shared_ptr<const Life> life,
                const Ailment& ailment)
        : durable_(durable), life_(std::move(life)), ailment_(ailment) {}

    Task<Result<std::uint64_t>> acquire(index::PartitionId partition) override;
    Task<Result<std::uint64_t>> commit(index::PartitionId partition, index::Commit change) override;
    Task<Result<std::vector<std::optional<std::string>>>> get(
        index::PartitionId partition, std::vector<std::string> keys) override;
    Task<Result<index::ScanPage>> scan(index::PartitionId partition,
                                       index::ScanRange range) override;
    Task<Result<std::uint64_t>> revision(index::PartitionId partition) override;
    Task<Result<void>> drop(index::PartitionId partition, std::uint64_t fence) override;

  private:
    template <typename T>
    Task<Result<T>> mortal(Task<Result<T>> call);

    index::IndexStore& durable_;
    std::shared_ptr<const Life> life_;
    const Ailment& ailment_;
};

/// The same for bytes.
class MortalBlobs final : public blob::BlobStore {
  public:
    MortalBlobs(blob::BlobStore& durable, std::shared_ptr<const Life> life, Ailment& ailment)
        : durable_(durable), life_(std::move(life)), ailment_(ailment) {}

    Task<Result<blob::WrittenBlob>> write(ByteSource& body, blob::BlobHint hint) override;
    Result<std::unique_ptr<ByteSource>> open(blob::BlobRef ref, ByteRange range) override;
    void remove(blob::BlobRef ref) override;

  private:
    blob::BlobStore& durable_;
    std::shared_ptr<const Life> life_;
    Ailment& ailment_;
};

}  // namespace antipode::sim
