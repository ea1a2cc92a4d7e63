#include "codec/hex.h"
#include "crypto/crc.h"
#include "object/detail/body_writer.h"
#include "object/replica_service.h"

// Bytes that are lost here are written anew from where the same version is.
namespace antipode::object {

namespace {

/// Of a whole version only a range, with the digest of the whole: where nobody knows that of the
/// range.
class CutSource final : public ByteSource {
  public:
    CutSource(ByteSource& whole, const ObjectVersion& version, ByteRange range)
        : whole_(whole), size_(version.size_bytes), crc64_(version.crc64), range_(range) {}

    Task<Result<Bytes>> next() override {
        while (true) {
            CO_TRY(Bytes chunk, co_await whole_.next());
            if (chunk.empty()) {
                break;
            }
            found_ = crypto::crc64(chunk, found_);
            const std::uint64_t begin = std::exchange(at_, at_ + chunk.size());
            const std::uint64_t from = std::max(begin, range_.offset);
            const std::uint64_t to = std::min(at_, range_.end());
            if (from < to) {
                co_return to_bytes(ByteView(chunk).subspan(from - begin, to - from));
            }
        }
        if (at_ != size_ || found_ != crc64_) {
            co_return fail(ErrorCode::InvalidCrc64, "the bytes are not those of the version");
        }
        co_return Bytes{};
    }

  private:
    ByteSource& whole_;
    std::uint64_t size_;
    std::uint64_t crc64_;
    ByteRange range_;
    std::uint64_t at_ = 0;
    std::uint64_t found_ = 0;
};

BodyCheck check_of(const catalog::PlacedBody& body) {
    BodyCheck check{.size_bytes = body.range.size};
    check.crc64 = body.crc64;
    const auto md5 = codec::hex_decode(body.etag);
    if (md5 && md5->size() == 16) {
        check.md5 = to_string(*md5);
    }
    return check;
}

}  // namespace

ByteRange ReplicaService::needed_for(const catalog::PlacedBody& body) {
    return body.crc64 ? body.range : ByteRange{.offset = 0, .size = body.version.size_bytes};
}

Task<Result<bool>> ReplicaService::rebuild(BucketPtr bucket,
                                           catalog::BodyPlace place,
                                           catalog::PlacedBody body,
                                           std::unique_ptr<ByteSource> bytes) {
    CutSource cut(*bytes, body.version, body.range);
    const BodyCheck check = check_of(body);
    const BodySeal seal{
        .keys = keys_, .encryption = body.version.encryption, .context = bucket->config()->id};
    ByteSource* const source = body.crc64 ? bytes.get() : &cut;
    CO_TRY(StoredBody stored, co_await store_body(blobs_, source, check, seal));
    // Not between an append's look at the object and its commit.
    const auto held = co_await bucket->partition().key_locks().lock("append:" + place.key);
    place.order = body.version.order;
    catalog::BodyExchange exchange{.place = std::move(place),
                                   .from = body.pieces,
                                   .to = stored.pieces,
                                   .data_rows = std::move(stored.data_rows)};
    const auto done = co_await catalog::exchange_body(bucket->partition(), std::move(exchange));
    if (done && *done) {
        discard(blobs_, body.pieces);
    } else if (done || done.error().code != ErrorCode::MaybeCommitted) {
        discard(blobs_, stored.pieces);
    }
    co_return done;
}

}  // namespace antipode::object
