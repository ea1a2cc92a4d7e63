#include "object/detail/body_reader.h"

#include <algorithm>
#include <deque>

#include "catalog/key_layout.h"
#include "catalog/upload_table.h"
#include "object/detail/body_seal.h"
#include "sealing/sealed_stream.h"

namespace antipode::object {

namespace {

constexpr std::size_t kPartsPerPage = 100;

class BodyReader final : public ByteSource {
  public:
    BodyReader(std::shared_ptr<catalog::OpenBucket> bucket,
               blob::BlobStore& blobs,
               sealing::KeySource* keys,
               catalog::Body body,
               ByteRange range)
        : bucket_(std::move(bucket)),
          blobs_(blobs),
          keys_(keys),
          body_(std::move(body)),
          range_(range) {
        has_parts_ = !body_.manifest_id.empty();
        if (!has_parts_) {
            queue_.assign(body_.pieces.begin(), body_.pieces.end());
        }
    }

    Task<Result<Bytes>> next() override {
        while (range_.size > 0) {
            if (open_) {
                CO_TRY(Bytes chunk, co_await open_->next());
                if (!chunk.empty()) {
                    range_.offset += chunk.size();
                    range_.size -= chunk.size();
                    co_return chunk;
                }
                open_.reset();
                continue;
            }
            if (queue_.empty()) {
                CO_TRY_VOID(co_await load_more());
                continue;
            }
            const catalog::Piece piece = std::move(queue_.front());
            queue_.pop_front();
            const std::uint64_t start = passed_;
            passed_ += piece.size_bytes;
            if (passed_ <= range_.offset) {
                continue;
            }
            CO_TRY_VOID(co_await open_piece(piece, start));
        }
        co_return Bytes{};
    }

  private:
    Task<Result<void>> open_piece(catalog::Piece piece, std::uint64_t start) {
        ByteRange inner{.offset = range_.offset - start, .size = 0};
        inner.size = std::min(piece.size_bytes - inner.offset, range_.size);
        if (piece.envelope.empty()) {
            CO_TRY(open_, co_await open_stored(piece, piece.size_bytes, inner));
            co_return Result<void>{};
        }
        CO_TRY(const crypto::AesKey key,
               co_await open_data_key(keys_, piece.envelope, bucket_->config()->id));
        const ByteRange needed = sealing::sealed_range(piece.size_bytes, inner);
        CO_TRY(auto sealed,
               co_await open_stored(piece, sealing::sealed_size(piece.size_bytes), needed));
        open_ = sealing::open_sealed(std::move(sealed), key, piece.size_bytes, inner);
        co_return Result<void>{};
    }

    /// Of the bytes as they are stored.
    Task<Result<std::unique_ptr<ByteSource>>> open_stored(catalog::Piece piece,
                                                          std::uint64_t stored_bytes,
                                                          ByteRange inner) {
        if (!piece.is_inline()) {
            co_return blobs_.open(piece.blob, inner);
        }
        CO_TRY(const auto row,
               co_await bucket_->partition().get(catalog::rows::data(piece.data_id)));
        if (!row) {
            // Read the version, then its bytes: an overwrite in between takes the row away.
            co_return fail(ErrorCode::NotFound, "the object was replaced while it was being read");
        }
        if (row->size() != stored_bytes) {
            co_return fail(ErrorCode::Corrupt, "a data row has not the size that its version says");
        }
        std::unique_ptr<ByteSource> bytes = std::make_unique<runtime::MemorySource>(
            to_bytes(std::string_view(*row).substr(inner.offset, inner.size)));
        co_return bytes;
    }

    Task<Result<void>> load_more() {
        if (!has_parts_) {
            co_return fail(ErrorCode::Corrupt, "the pieces of an object are shorter than its size");
        }
        CO_TRY(auto page,
               co_await catalog::scan_parts(
                   bucket_->partition(), body_.manifest_id, after_, kPartsPerPage));
        for (catalog::StoredPart& part : page.parts) {
            after_ = part.part.number;
            if (passed_ + part.part.size_bytes <= range_.offset && queue_.empty()) {
                passed_ += part.part.size_bytes;
                continue;
            }
            std::ranges::move(part.pieces, std::back_inserter(queue_));
        }
        if (!page.is_truncated) {
            has_parts_ = false;
            queue_.insert(queue_.end(), body_.pieces.begin(), body_.pieces.end());
        }
        co_return Result<void>{};
    }

    std::shared_ptr<catalog::OpenBucket> bucket_;
    blob::BlobStore& blobs_;
    sealing::KeySource* keys_;
    catalog::Body body_;
    ByteRange range_;
    std::deque<catalog::Piece> queue_;
    bool has_parts_ = false;
    std::uint32_t after_ = 0;
    std::uint64_t passed_ = 0;  ///< Bytes of the body before the front of the queue.
    std::unique_ptr<ByteSource> open_;
};

}  // namespace

std::unique_ptr<ByteSource> read_body(std::shared_ptr<catalog::OpenBucket> bucket,
                                      blob::BlobStore& blobs,
                                      sealing::KeySource* keys,
                                      catalog::Body body,
                                      ByteRange range) {
    return std::make_unique<BodyReader>(std::move(bucket), blobs, keys, std::move(body), range);
}

}  // namespace antipode::object
