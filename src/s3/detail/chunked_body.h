#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "runtime/byte_source.h"

namespace antipode::s3 {

/// What the signature of a chunk is computed from.
struct ChunkSigning {
    crypto::Digest key;
    std::string time;
    std::string scope;
    std::string previous_signature;  ///< At first the one of the head.
};

/// Trailing headers, lower-case names; filled when the body has been read to its end.
struct Trailers {
    std::vector<std::pair<std::string, std::string>> fields;

    /// Null when it was not sent.
    [[nodiscard]] const std::string* find(std::string_view name) const;
};

/// Takes the aws-chunked coding off a body: "<hex size>[;chunk-signature=..]\r\n<bytes>\r\n" ...
/// "0...\r\n[trailers]\r\n". Each chunk's signature is checked after its last byte, the trailer's
/// at the end; so the bytes are true only once the end has been reached without an error. Errors:
/// InvalidRequest (format), IncompleteBody, SignatureDoesNotMatch. AWS: "Signature Calculations for
/// the Authorization Header: Transferring Payload in Multiple Chunks".
class ChunkedBody final : public ByteSource {
  public:
    struct Coding {
        std::optional<ChunkSigning> signing;  ///< Absent: chunks are not signed.
        bool has_trailer = false;
    };

    ChunkedBody(std::unique_ptr<ByteSource> input,
                Coding coding,
                std::shared_ptr<Trailers> trailers);

    Task<Result<Bytes>> next() override;

  private:
    Task<Result<void>> begin_chunk();
    Task<Result<void>> end_chunk();
    Task<Result<void>> read_trailers();
    Result<void> add_trailer(std::string_view line);
    Result<void> check_chunk_signature();
    Result<void> check_trailer_signature();
    /// The next line without its end; null at the end of the input. At most kLineBytesMax.
    Task<Result<std::optional<std::string>>> read_line();
    /// False at the end of the input.
    Task<Result<bool>> fill();

    std::unique_ptr<ByteSource> input_;
    Coding coding_;
    std::shared_ptr<Trailers> trailers_;
    Bytes buffer_;
    std::size_t position_ = 0;
    std::uint64_t chunk_left_ = 0;
    bool is_in_chunk_ = false;
    bool is_done_ = false;
    std::string chunk_signature_;
    std::string trailer_signature_;
    std::optional<crypto::DigestStream> chunk_digest_;
};

}  // namespace antipode::s3
