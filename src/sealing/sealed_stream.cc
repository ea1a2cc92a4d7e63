#include "sealing/sealed_stream.h"

#include <algorithm>

#include "base/check.h"

namespace antipode::sealing {

namespace {

constexpr std::size_t kPlain = kSealedChunkPlainBytes;
constexpr std::size_t kSealed = kPlain + crypto::kGcmTagBytes;
/// Chunks sealed at a time: enough that a writer's buffers fill, and below what a source may give.
constexpr std::size_t kChunksAtOnce = 8;
static_assert(kChunksAtOnce * kSealed <= ByteSource::kChunkBytesMax);

crypto::GcmNonce nonce_of(std::uint64_t chunk, bool is_last) {
    crypto::GcmNonce nonce{};
    nonce[0] = is_last ? std::byte{1} : std::byte{0};
    for (std::size_t i = 0; i < sizeof(chunk); ++i) {
        nonce[nonce.size() - 1 - i] = static_cast<std::byte>((chunk >> (8 * i)) & 0xFFU);
    }
    return nonce;
}

std::uint64_t chunks_of(std::uint64_t plain) {
    return std::max<std::uint64_t>(1, plain / kPlain + (plain % kPlain == 0 ? 0 : 1));
}

void drop_front(Bytes& bytes, std::size_t count) {
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

class SealingSource final : public ByteSource {
  public:
    SealingSource(ByteSource& inner, const crypto::AesKey& key) : inner_(inner), cipher_(key) {}

    Task<Result<Bytes>> next() override {
        if (is_done_) {
            co_return Bytes{};
        }
        // More than is sealed now must be there before a chunk is known not to be the last.
        constexpr std::size_t kAtOnce = kChunksAtOnce * kPlain;
        while (!has_ended_ && waiting_.size() <= kAtOnce) {
            CO_TRY(const Bytes piece, co_await inner_.next());
            has_ended_ = piece.empty();
            append(waiting_, piece);
        }
        const std::size_t size = std::min(waiting_.size(), kAtOnce);
        is_done_ = has_ended_ && size == waiting_.size();
        Bytes out(size + chunks_of(size) * crypto::kGcmTagBytes);
        MutableByteView to(out);
        ByteView from = ByteView(waiting_).first(size);
        while (!to.empty()) {
            const std::size_t plain = std::min(from.size(), kPlain);
            const std::size_t sealed = plain + crypto::kGcmTagBytes;
            const bool is_last = is_done_ && sealed == to.size();
            cipher_.seal(nonce_of(chunk_++, is_last), {}, from.first(plain), to.first(sealed));
            from = from.subspan(plain);
            to = to.subspan(sealed);
        }
        drop_front(waiting_, size);
        co_return out;
    }

  private:
    ByteSource& inner_;
    crypto::AesGcm cipher_;
    Bytes waiting_;
    std::uint64_t chunk_ = 0;
    bool has_ended_ = false;
    bool is_done_ = false;
};

class OpeningSource final : public ByteSource {
  public:
    OpeningSource(std::unique_ptr<ByteSource> sealed,
                  const crypto::AesKey& key,
                  std::uint64_t plain_size,
                  ByteRange range)
        : sealed_(std::move(sealed)),
          cipher_(key),
          plain_size_(plain_size),
          chunk_(range.offset / kPlain),
          skip_(range.offset % kPlain),
          left_(range.size),
          checks_empty_(plain_size == 0) {}

    Task<Result<Bytes>> next() override {
        if (left_ == 0 && !checks_empty_) {
            co_return Bytes{};
        }
        checks_empty_ = false;
        // What is waiting may hold several chunks; at least the next one is needed.
        while (waiting_.size() < sealed_bytes(chunk_)) {
            CO_TRY(const Bytes piece, co_await sealed_->next());
            if (piece.empty()) {
                co_return fail(ErrorCode::Corrupt, "sealed bytes end before their last chunk");
            }
            append(waiting_, piece);
        }
        Bytes out;
        std::size_t used = 0;
        while ((left_ > 0 || plain_size_ == 0) && out.size() + kPlain <= kChunkBytesMax &&
               waiting_.size() - used >= sealed_bytes(chunk_)) {
            const std::size_t sealed = sealed_bytes(chunk_);
            CO_TRY_VOID(open_chunk(ByteView(waiting_).subspan(used, sealed), out));
            used += sealed;
            if (plain_size_ == 0) {
                break;
            }
        }
        drop_front(waiting_, used);
        co_return out;
    }

  private:
    [[nodiscard]] bool is_last(std::uint64_t chunk) const {
        return chunk + 1 == chunks_of(plain_size_);
    }

    [[nodiscard]] std::size_t sealed_bytes(std::uint64_t chunk) const {
        return is_last(chunk) ? plain_size_ - chunk * kPlain + crypto::kGcmTagBytes : kSealed;
    }

    Result<void> open_chunk(ByteView sealed, Bytes& out) {
        const std::size_t before = out.size();
        const std::size_t plain = sealed.size() - crypto::kGcmTagBytes;
        out.resize(before + plain);
        const MutableByteView to = MutableByteView(out).subspan(before);
        if (!cipher_.open(nonce_of(chunk_, is_last(chunk_)), {}, sealed, to)) {
            return fail(ErrorCode::Corrupt, "sealed bytes are not what was sealed");
        }
        ++chunk_;
        if (skip_ > 0) {
            out.erase(out.begin() + static_cast<std::ptrdiff_t>(before),
                      out.begin() + static_cast<std::ptrdiff_t>(before + skip_));
            skip_ = 0;
        }
        const std::uint64_t wanted = std::min<std::uint64_t>(left_, out.size() - before);
        out.resize(before + wanted);
        left_ -= wanted;
        return {};
    }

    std::unique_ptr<ByteSource> sealed_;
    crypto::AesGcm cipher_;
    std::uint64_t plain_size_;
    std::uint64_t chunk_;
    std::size_t skip_;
    std::uint64_t left_;
    bool checks_empty_;
    Bytes waiting_;
};

}  // namespace

std::uint64_t sealed_size(std::uint64_t plain) {
    return plain + chunks_of(plain) * crypto::kGcmTagBytes;
}

std::unique_ptr<ByteSource> seal(ByteSource& inner, const crypto::AesKey& key) {
    return std::make_unique<SealingSource>(inner, key);
}

ByteRange sealed_range(std::uint64_t plain_size, ByteRange range) {
    if (range.size == 0 && plain_size > 0) {
        return {.offset = 0, .size = 0};
    }
    const std::uint64_t offset = range.offset / kPlain * kSealed;
    const std::uint64_t chunks = chunks_of(range.end());
    return {.offset = offset, .size = std::min(chunks * kSealed, sealed_size(plain_size)) - offset};
}

std::unique_ptr<ByteSource> open_sealed(std::unique_ptr<ByteSource> sealed,
                                        const crypto::AesKey& key,
                                        std::uint64_t plain_size,
                                        ByteRange range) {
    CHECK(range.end() <= plain_size);
    return std::make_unique<OpeningSource>(std::move(sealed), key, plain_size, range);
}

}  // namespace antipode::sealing
