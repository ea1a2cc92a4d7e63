#include "s3/detail/payload.h"

#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "codec/base64.h"
#include "crypto/crc.h"
#include "crypto/digest.h"
#include "protocol/borrowed_body.h"
#include "protocol/content_md5.h"
#include "protocol/limits.h"
#include "runtime/read_text.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/chunked_body.h"

namespace antipode::s3 {

namespace {

bool is_chunked(PayloadKind kind) {
    return kind != PayloadKind::Unsigned && kind != PayloadKind::Hashed;
}

S3Result<std::optional<std::uint64_t>> decoded_size(const Call& call) {
    if (!is_chunked(call.authentication.payload)) {
        if (!call.request.content_length && !call.request.is_chunked) {
            return refuse(words::kMissingContentLength);
        }
        return call.request.content_length;
    }
    const std::string_view text = call.header("x-amz-decoded-content-length");
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return refuse(words::kMissingContentLength,
                      "You must provide the x-amz-decoded-content-length HTTP header.");
    }
    return size;
}

Result<void> check_trailer(const Trailers& trailers,
                           ChecksumAlgorithm algorithm,
                           std::string_view computed) {
    const std::string* sent = trailers.find(checksum_header(algorithm));
    if (sent == nullptr) {
        return fail(ErrorCode::InvalidRequest,
                    "The trailer that x-amz-trailer names was not sent.");
    }
    if (*sent != codec::base64_encode(as_bytes(computed))) {
        return fail(ErrorCode::BadDigest,
                    "The checksum in the trailer did not match the calculated checksum.");
    }
    return {};
}

S3Result<void> add_checksum(const Call& call,
                            const std::shared_ptr<Trailers>& trailers,
                            object::BodyCheck& check) {
    TRY(const ChecksumClaim claim, read_checksum_claim(call.request.headers));
    check.checksum_algorithm = claim.algorithm;
    if (!claim.value.empty()) {
        TRY(check.checksum, decode_checksum(claim.algorithm, claim.value));
    }
    if (claim.is_in_trailer) {
        const PayloadKind kind = call.authentication.payload;
        if (kind != PayloadKind::SignedChunksAndTrailer &&
            kind != PayloadKind::UnsignedChunksAndTrailer) {
            return refuse(
                words::kInvalidRequest,
                "x-amz-trailer needs a body that is coded as aws-chunked with a trailer.");
        }
        check.at_end = [trailers, algorithm = claim.algorithm](const object::BodyDigests& digests) {
            return check_trailer(*trailers, algorithm, digests.checksum);
        };
    }
    return {};
}

std::unique_ptr<ByteSource> decoded_source(Call& call, std::shared_ptr<Trailers> trailers) {
    std::unique_ptr<ByteSource> raw = protocol::borrow_body(call.request);
    const Authentication& authentication = call.authentication;
    if (!is_chunked(authentication.payload)) {
        return raw;
    }
    ChunkedBody::Coding coding;
    coding.has_trailer = authentication.payload != PayloadKind::SignedChunks;
    if (authentication.payload != PayloadKind::UnsignedChunksAndTrailer) {
        coding.signing = ChunkSigning{.key = authentication.signing_key,
                                      .time = authentication.time,
                                      .scope = authentication.scope,
                                      .previous_signature = authentication.signature};
    }
    return std::make_unique<ChunkedBody>(std::move(raw), std::move(coding), std::move(trailers));
}

std::string big_endian_bytes(std::uint64_t value, int size) {
    std::string out;
    for (int i = size - 1; i >= 0; --i) {
        out.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
    }
    return out;
}

std::string checksum_of(ChecksumAlgorithm algorithm, std::string_view text) {
    const ByteView bytes = as_bytes(text);
    switch (algorithm) {
        case ChecksumAlgorithm::None:
            return {};
        case ChecksumAlgorithm::Crc32:
            return big_endian_bytes(crypto::crc32(bytes), 4);
        case ChecksumAlgorithm::Crc32c:
            return big_endian_bytes(crc32c(bytes), 4);
        case ChecksumAlgorithm::Crc64Nvme:
            return big_endian_bytes(crypto::crc64nvme(bytes), 8);
        case ChecksumAlgorithm::Sha1:
            return std::string(as_text(crypto::sha1(bytes).bytes()));
        case ChecksumAlgorithm::Sha256:
            return std::string(as_text(crypto::sha256(bytes).bytes()));
    }
    return {};
}

Result<void> check_text(const object::BodyCheck& check, std::string_view text) {
    object::BodyDigests digests;
    digests.size_bytes = text.size();
    digests.checksum = checksum_of(check.checksum_algorithm, text);
    if (check.size_bytes && *check.size_bytes != text.size()) {
        return fail(ErrorCode::IncompleteBody);
    }
    if (check.md5 && *check.md5 != as_text(crypto::md5(as_bytes(text)).bytes())) {
        return fail(ErrorCode::InvalidDigest);
    }
    if (check.sha256 && *check.sha256 != as_text(crypto::sha256(as_bytes(text)).bytes())) {
        return fail(ErrorCode::BadDigest);
    }
    if (check.checksum && *check.checksum != digests.checksum) {
        return fail(ErrorCode::BadDigest);
    }
    return check.at_end ? check.at_end(digests) : Result<void>{};
}

}  // namespace

S3Result<Payload> open_payload(Call& call, ChecksumMeans means) {
    Payload payload;
    object::BodyCheck& check = payload.check;
    TRY(check.size_bytes, decoded_size(call));
    if (check.size_bytes && *check.size_bytes > protocol::kPutBytesMax) {
        return refuse(S3Error(words::kEntityTooLarge)
                          .with("ProposedSize", std::to_string(*check.size_bytes))
                          .with("MaxSizeAllowed", std::to_string(protocol::kPutBytesMax)));
    }
    if (const std::string_view md5 = call.header("content-md5"); !md5.empty()) {
        auto parsed = protocol::parse_content_md5(md5);
        if (!parsed) {
            return refuse(words::kInvalidDigest);
        }
        check.md5 = std::move(*parsed);
    }
    if (call.authentication.payload == PayloadKind::Hashed) {
        check.sha256 = call.authentication.payload_sha256;
    }
    auto trailers = std::make_shared<Trailers>();
    if (means == ChecksumMeans::Body) {
        TRY_VOID(add_checksum(call, trailers, check));
    }
    payload.source = decoded_source(call, std::move(trailers));
    return payload;
}

Task<S3Result<std::string>> read_payload_text(Call& call, ChecksumMeans means) {
    const bool has_body = call.request.content_length || call.request.is_chunked;
    if (!has_body) {
        co_return std::string();
    }
    CO_TRY(Payload payload, open_payload(call, means));
    CO_TRY(std::string text,
           co_await runtime::read_text(payload.source.get(), protocol::kXmlBodyBytesMax));
    if (auto checked = check_text(payload.check, text); !checked) {
        co_return refuse(payload_error(std::move(checked.error()), call));
    }
    co_return text;
}

S3Error payload_error(Error error, const Call& call) {
    const bool has_checksum =
        read_checksum_claim(call.request.headers).value_or(ChecksumClaim{}).algorithm !=
        ChecksumAlgorithm::None;
    if (error.code == ErrorCode::BadDigest && call.authentication.payload == PayloadKind::Hashed &&
        !has_checksum) {
        return S3Error(words::kPayloadHashMismatch);
    }
    return S3Error(std::move(error));
}

}  // namespace antipode::s3
