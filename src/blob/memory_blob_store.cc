#include "blob/memory_blob_store.h"

#include <algorithm>
#include <utility>

#include "base/record.h"
#include "base/units.h"

namespace antipode::blob {

namespace {

class SharedSource final : public ByteSource {
  public:
    SharedSource(std::shared_ptr<const Bytes> content, ByteRange range)
        : content_(std::move(content)), position_(range.offset), end_(range.end()) {}

    Task<Result<Bytes>> next() override {
        const std::uint64_t size = std::min<std::uint64_t>(kChunkBytesMax, end_ - position_);
        const auto begin = content_->begin() + static_cast<std::ptrdiff_t>(position_);
        position_ += size;
        co_return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
    }

  private:
    std::shared_ptr<const Bytes> content_;
    std::uint64_t position_;
    std::uint64_t end_;
};

}  // namespace

Task<Result<WrittenBlob>> MemoryBlobStore::write(ByteSource& body, BlobHint hint) {
    auto content = std::make_shared<Bytes>();
    content->reserve(std::min<std::uint64_t>(hint.size.value_or(0), 16 * kMiB));
    while (true) {
        CO_TRY(const Bytes chunk, co_await body.next());
        if (chunk.empty()) {
            break;
        }
        append(*content, chunk);
    }

    const std::scoped_lock lock(mutex_);
    if (write_error_) {
        co_return fail(*write_error_);
    }
    WrittenBlob written{BlobRef("memory:" + big_endian(next_id_++)), content->size()};
    blobs_.emplace(written.ref.encoded(), std::move(content));
    co_return written;
}

Result<std::unique_ptr<ByteSource>> MemoryBlobStore::open(BlobRef ref, ByteRange range) {
    const std::scoped_lock lock(mutex_);
    if (read_error_) {
        return fail(*read_error_);
    }
    const auto found = blobs_.find(ref.encoded());
    if (found == blobs_.end()) {
        return fail(ErrorCode::NotFound, "the blob was removed");
    }
    if (damaged_.contains(ref.encoded())) {
        return fail(ErrorCode::Corrupt, "too few good shards are left");
    }
    const std::uint64_t size = found->second->size();
    if (range.offset > size || range.size > size - range.offset) {
        return fail(ErrorCode::InvalidRange, "the range is not within the blob");
    }
    return std::make_unique<SharedSource>(found->second, range);
}

void MemoryBlobStore::remove(BlobRef ref) {
    const std::scoped_lock lock(mutex_);
    blobs_.erase(ref.encoded());
    damaged_.erase(ref.encoded());
}

void MemoryBlobStore::damage(const BlobRef& ref) {
    const std::scoped_lock lock(mutex_);
    damaged_.insert(ref.encoded());
}

std::size_t MemoryBlobStore::count() const {
    const std::scoped_lock lock(mutex_);
    return blobs_.size();
}

void MemoryBlobStore::fail_writes(std::optional<Error> error) {
    const std::scoped_lock lock(mutex_);
    write_error_ = std::move(error);
}

void MemoryBlobStore::fail_reads(std::optional<Error> error) {
    const std::scoped_lock lock(mutex_);
    read_error_ = std::move(error);
}

}  // namespace antipode::blob
