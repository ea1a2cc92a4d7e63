#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "blob/blob_store.h"
#include "catalog/stored_version.h"
#include "crypto/digest.h"
#include "index/index_store.h"
#include "object/detail/body_seal.h"
#include "object/digests.h"
#include "runtime/byte_source.h"
#include "runtime/task.h"

namespace antipode::object {

/// Bodies up to this size live in a row (mirrored in every zone), larger ones are erasure coded.
inline constexpr std::size_t kInlineBytesMax = 16 * 1024;

/// Passes a body through while computing what BodyCheck asks for.
class DigestingSource final : public ByteSource {
  public:
    DigestingSource(ByteSource& inner, const BodyCheck& check);

    Task<Result<Bytes>> next() override;

    /// After the end: what was computed.
    [[nodiscard]] BodyDigests finish();

  private:
    ByteSource& inner_;
    const BodyCheck& check_;
    BodyDigests digests_;
    crypto::DigestStream md5_;
    std::optional<crypto::DigestStream> sha256_;
    std::optional<crypto::DigestStream> sha1_;
    std::uint64_t crc_ = 0;
};

/// Bytes that are stored but not yet named by a row.
struct StoredBody {
    std::vector<catalog::Piece> pieces;   ///< None for an empty body.
    std::vector<index::Write> data_rows;  ///< To be written in the commit that names the pieces.
    BodyDigests digests;
};

/// Reads `body` (null = empty) to its end, stores it as `seal` says, checks it. On error nothing is
/// kept; a key that is not there is known before the first byte is read.
Task<Result<StoredBody>> store_body(blob::BlobStore& blobs,
                                    ByteSource* body,
                                    const BodyCheck& check,
                                    BodySeal seal);

/// Gives back blobs of a body whose commit failed.
void discard(blob::BlobStore& blobs, const std::vector<catalog::Piece>& pieces);

/// As UploadPart and version rows carry it.
Checksum checksum_of(const BodyDigests& digests, ChecksumAlgorithm algorithm);

}  // namespace antipode::object
