#include "blob/zoned/stripe_image.h"

#include <array>
#include <cstring>

#include "blob/zoned/block.h"
#include "blob/zoned/erasure_code.h"

namespace antipode::blob {

namespace {

/// Reads a list of pieces as if it were one; zeros behind its end.
class PieceReader {
  public:
    explicit PieceReader(const std::vector<ByteView>& pieces) : pieces_(pieces) {}

    void read(MutableByteView into) {
        while (!into.empty() && index_ < pieces_.size()) {
            const ByteView rest = pieces_[index_].subspan(position_);
            const std::size_t size = std::min(rest.size(), into.size());
            std::memcpy(into.data(), rest.data(), size);
            into = into.subspan(size);
            position_ += size;
            if (position_ == pieces_[index_].size()) {
                ++index_;
                position_ = 0;
            }
        }
        std::ranges::fill(into, std::byte{0});
    }

  private:
    const std::vector<ByteView>& pieces_;
    std::size_t index_ = 0;
    std::size_t position_ = 0;
};

}  // namespace

StripeImage::StripeImage(zone::BufferPool& pool,
                         StripeName name,
                         const std::vector<ByteView>& pieces,
                         std::size_t size)
    : name_(name),
      shape_(size),
      buffer_(std::make_shared<zone::AlignedBuffer>(pool.take(kShards * shape_.disk_bytes()))) {
    scatter(pieces);
    const std::size_t shard_bytes = shape_.disk_bytes();
    std::byte* const base = buffer_->bytes().data();
    for (std::size_t block = 0; block < shape_.blocks(); ++block) {
        const std::size_t offset = ShardShape::block_offset(block);
        const auto payload = [&](std::size_t shard) {
            return base + (shard * shard_bytes) + offset + kHeaderBytes;
        };
        encode_parity({payload(0), payload(1), payload(2), payload(3)},
                      {payload(4), payload(5)},
                      shape_.block_payload(block));
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            const MutableByteView whole(base + (shard * shard_bytes) + offset,
                                        shape_.block_disk_bytes(block));
            const BlockIdentity identity{name_.blob_id,
                                         name_.stripe,
                                         static_cast<std::uint8_t>(shard),
                                         static_cast<std::uint8_t>(block)};
            seal_block(whole, identity, shape_.block_payload(block));
        }
    }
}

void StripeImage::scatter(const std::vector<ByteView>& pieces) {
    PieceReader reader(pieces);
    for (std::size_t shard = 0; shard < kDataShards; ++shard) {
        for (std::size_t block = 0; block < shape_.blocks(); ++block) {
            const std::size_t offset =
                (shard * shape_.disk_bytes()) + ShardShape::block_offset(block) + kHeaderBytes;
            reader.read(buffer_->bytes().subspan(offset, shape_.block_payload(block)));
        }
    }
}

ByteView StripeImage::group(std::size_t group) const {
    const ByteView all = buffer_->view();
    return all.subspan(group * shape_.zone_bytes(), shape_.zone_bytes());
}

}  // namespace antipode::blob
