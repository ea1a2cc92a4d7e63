#include "object/detail/body_writer.h"

#include "base/crc32c.h"
#include "base/record.h"
#include "catalog/catalog.h"
#include "catalog/key_layout.h"
#include "codec/base64.h"
#include "crypto/crc.h"
#include "runtime/read_text.h"
#include "sealing/sealed_stream.h"

namespace antipode::object {

namespace {

std::string big_endian_of(std::uint64_t value, std::size_t bytes) {
    return antipode::big_endian(value).substr(8 - bytes);
}

/// Gives the chunks that were read ahead first, then the rest.
class PrefixedSource final : public ByteSource {
  public:
    PrefixedSource(Bytes prefix, ByteSource& rest) : prefix_(std::move(prefix)), rest_(rest) {}

    Task<Result<Bytes>> next() override {
        if (!prefix_.empty()) {
            co_return std::exchange(prefix_, {});
        }
        co_return co_await rest_.next();
    }

  private:
    Bytes prefix_;
    ByteSource& rest_;
};

Result<void> verify(const BodyDigests& digests, const BodyCheck& check) {
    if (check.size_bytes && *check.size_bytes != digests.size_bytes) {
        return fail(ErrorCode::IncompleteBody,
                    "The body is not as long as its Content-Length says.");
    }
    if (check.md5 && *check.md5 != digests.md5) {
        return fail(ErrorCode::InvalidDigest,
                    "The Content-MD5 you specified did not match what we received.");
    }
    if (check.sha256 && *check.sha256 != digests.sha256) {
        return fail(ErrorCode::BadDigest,
                    "The provided x-amz-content-sha256 header does not match what was computed.");
    }
    if (check.crc64 && *check.crc64 != digests.crc64) {
        return fail(ErrorCode::InvalidCrc64,
                    "The crc64 you specified did not match what we received.");
    }
    if (check.checksum && *check.checksum != digests.checksum) {
        return fail(ErrorCode::BadDigest,
                    "The checksum you specified did not match what we received.");
    }
    return check.at_end ? check.at_end(digests) : Result<void>{};
}

}  // namespace

DigestingSource::DigestingSource(ByteSource& inner, const BodyCheck& check)
    : inner_(inner), check_(check), md5_(crypto::DigestKind::Md5) {
    if (check.sha256 || check.checksum_algorithm == ChecksumAlgorithm::Sha256) {
        sha256_.emplace(crypto::DigestKind::Sha256);
    }
    if (check.checksum_algorithm == ChecksumAlgorithm::Sha1) {
        sha1_.emplace(crypto::DigestKind::Sha1);
    }
}

Task<Result<Bytes>> DigestingSource::next() {
    CO_TRY(Bytes chunk, co_await inner_.next());
    digests_.size_bytes += chunk.size();
    if (check_.size_bytes && digests_.size_bytes > *check_.size_bytes) {
        co_return fail(ErrorCode::IncompleteBody, "The body is longer than announced.");
    }
    md5_.update(chunk);
    digests_.crc64 = crypto::crc64(chunk, digests_.crc64);
    if (sha256_) {
        sha256_->update(chunk);
    }
    if (sha1_) {
        sha1_->update(chunk);
    }
    switch (check_.checksum_algorithm) {
        case ChecksumAlgorithm::Crc32:
            crc_ = crypto::crc32(chunk, static_cast<std::uint32_t>(crc_));
            break;
        case ChecksumAlgorithm::Crc32c:
            crc_ = crc32c(chunk, static_cast<std::uint32_t>(crc_));
            break;
        case ChecksumAlgorithm::Crc64Nvme:
            crc_ = crypto::crc64nvme(chunk, crc_);
            break;
        case ChecksumAlgorithm::None:
        case ChecksumAlgorithm::Sha1:
        case ChecksumAlgorithm::Sha256:
            break;
    }
    co_return chunk;
}

BodyDigests DigestingSource::finish() {
    digests_.md5 = to_string(md5_.finish().bytes());
    if (sha256_) {
        digests_.sha256 = to_string(sha256_->finish().bytes());
    }
    switch (check_.checksum_algorithm) {
        case ChecksumAlgorithm::None:
            break;
        case ChecksumAlgorithm::Crc32:
        case ChecksumAlgorithm::Crc32c:
            digests_.checksum = big_endian_of(crc_, 4);
            break;
        case ChecksumAlgorithm::Crc64Nvme:
            digests_.checksum = big_endian_of(crc_, 8);
            break;
        case ChecksumAlgorithm::Sha1:
            digests_.checksum = to_string(sha1_->finish().bytes());
            break;
        case ChecksumAlgorithm::Sha256:
            digests_.checksum = digests_.sha256;
            break;
    }
    return digests_;
}

namespace {

Task<Result<std::string>> seal_whole(Bytes plain, const crypto::AesKey& key) {
    const std::size_t size = sealing::sealed_size(plain.size());
    runtime::MemorySource source(std::move(plain));
    const auto sealed = sealing::seal(source, key);
    co_return co_await runtime::read_text(sealed.get(), size);
}

}  // namespace

Task<Result<StoredBody>> store_body(blob::BlobStore& blobs,
                                    ByteSource* body,
                                    const BodyCheck& check,
                                    BodySeal seal) {
    std::optional<sealing::DataKey> data_key;
    if (!seal.encryption.is_none()) {
        CO_TRY(data_key, co_await make_data_key(std::move(seal)));
    }
    runtime::MemorySource nothing{Bytes{}};
    DigestingSource source(body == nullptr ? nothing : *body, check);
    Bytes start;
    bool is_whole = false;
    while (start.size() <= kInlineBytesMax) {
        CO_TRY(Bytes chunk, co_await source.next());
        if (chunk.empty()) {
            is_whole = true;
            break;
        }
        if (start.empty()) {
            start = std::move(chunk);
        } else {
            append(start, chunk);
        }
    }

    StoredBody stored;
    if (is_whole && start.empty()) {
        // Nothing to store.
    } else if (is_whole && start.size() <= kInlineBytesMax) {
        catalog::Piece piece{
            .size_bytes = start.size(), .data_id = catalog::random_hex(12), .blob = {}};
        std::string value;
        if (data_key) {
            CO_TRY(value, co_await seal_whole(std::move(start), data_key->key));
        } else {
            value = to_string(start);
        }
        stored.data_rows.push_back(
            {.key = catalog::rows::data(piece.data_id), .value = std::move(value)});
        stored.pieces.push_back(std::move(piece));
    } else {
        blob::BlobHint hint{.size = check.size_bytes};
        if (is_whole) {
            hint.size = start.size();
        }
        PrefixedSource rest(std::move(start),
                            is_whole ? static_cast<ByteSource&>(nothing) : source);
        std::unique_ptr<ByteSource> sealed;
        if (data_key) {
            sealed = sealing::seal(rest, data_key->key);
            hint.size = hint.size ? std::optional(sealing::sealed_size(*hint.size)) : std::nullopt;
        }
        CO_TRY(auto written, co_await blobs.write(sealed ? *sealed : rest, hint));
        stored.pieces.push_back(
            {.size_bytes = written.size, .data_id = {}, .blob = std::move(written.ref)});
    }
    stored.digests = source.finish();
    if (data_key && !stored.pieces.empty()) {
        stored.pieces.front().size_bytes = stored.digests.size_bytes;
        stored.pieces.front().envelope = std::move(data_key->envelope);
    }
    if (auto verified = verify(stored.digests, check); !verified) {
        discard(blobs, stored.pieces);
        co_return fail(std::move(verified).error());
    }
    co_return stored;
}

void discard(blob::BlobStore& blobs, const std::vector<catalog::Piece>& pieces) {
    for (const catalog::Piece& piece : pieces) {
        if (!piece.is_inline()) {
            blobs.remove(piece.blob);
        }
    }
}

Checksum checksum_of(const BodyDigests& digests, ChecksumAlgorithm algorithm) {
    Checksum checksum;
    if (algorithm != ChecksumAlgorithm::None) {
        checksum.algorithm = algorithm;
        checksum.value = codec::base64_encode(as_bytes(digests.checksum));
    }
    return checksum;
}

}  // namespace antipode::object
