#include "s3/detail/chunked_body.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "codec/ascii.h"
#include "codec/hex.h"
#include "crypto/constant_time.h"
#include "protocol/v4_signature.h"

namespace antipode::s3 {

namespace {

constexpr std::size_t kLineBytesMax = 4096;
constexpr std::size_t kTrailersMax = 16;
constexpr std::string_view kSignatureOfTrailer = "x-amz-trailer-signature";

std::string hex_sha256(std::string_view text) {
    return codec::hex_lower(crypto::sha256(as_bytes(text)).bytes());
}

std::unexpected<Error> malformed() {
    return fail(ErrorCode::InvalidRequest, "The aws-chunked body is malformed.");
}

std::unexpected<Error> incomplete() {
    return fail(ErrorCode::IncompleteBody, "The request body terminated unexpectedly");
}

}  // namespace

const std::string* Trailers::find(std::string_view name) const {
    for (const auto& [field, value] : fields) {
        if (field == name) {
            return &value;
        }
    }
    return nullptr;
}

ChunkedBody::ChunkedBody(std::unique_ptr<ByteSource> input,
                         Coding coding,
                         std::shared_ptr<Trailers> trailers)
    : input_(std::move(input)), coding_(std::move(coding)), trailers_(std::move(trailers)) {}

Task<Result<Bytes>> ChunkedBody::next() {
    while (!is_done_) {
        if (!is_in_chunk_) {
            CO_TRY_VOID(co_await begin_chunk());
            continue;
        }
        if (chunk_left_ == 0) {
            CO_TRY_VOID(co_await end_chunk());
            continue;
        }
        if (position_ == buffer_.size()) {
            CO_TRY(const bool is_more, co_await fill());
            if (!is_more) {
                co_return incomplete();
            }
        }
        const std::size_t size = std::min<std::uint64_t>(buffer_.size() - position_, chunk_left_);
        const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(position_);
        Bytes piece(begin, begin + static_cast<std::ptrdiff_t>(size));
        position_ += size;
        chunk_left_ -= size;
        if (chunk_digest_) {
            chunk_digest_->update(piece);
        }
        co_return piece;
    }
    co_return Bytes{};
}

Task<Result<void>> ChunkedBody::begin_chunk() {
    CO_TRY(const std::optional<std::string> read, co_await read_line());
    if (!read) {
        co_return incomplete();
    }
    const std::string_view line = *read;
    const std::size_t semicolon = line.find(';');
    const std::string_view size = codec::trim(line.substr(0, semicolon));
    const auto [end, error] =
        std::from_chars(size.data(), size.data() + size.size(), chunk_left_, 16);
    if (size.empty() || error != std::errc() || end != size.data() + size.size()) {
        co_return malformed();
    }
    if (coding_.signing) {
        constexpr std::string_view kName = "chunk-signature=";
        const std::string_view extension = semicolon == std::string_view::npos
                                               ? std::string_view()
                                               : codec::trim(line.substr(semicolon + 1));
        if (!extension.starts_with(kName)) {
            co_return malformed();
        }
        chunk_signature_ = extension.substr(kName.size());
        chunk_digest_.emplace(crypto::DigestKind::Sha256);
    }
    is_in_chunk_ = true;
    if (chunk_left_ == 0) {
        CO_TRY_VOID(check_chunk_signature());
        CO_TRY_VOID(co_await read_trailers());
        is_done_ = true;
    }
    co_return Result<void>{};
}

Task<Result<void>> ChunkedBody::end_chunk() {
    CO_TRY(const std::optional<std::string> line, co_await read_line());
    if (!line) {
        co_return incomplete();
    }
    if (!line->empty()) {
        co_return malformed();
    }
    is_in_chunk_ = false;
    co_return check_chunk_signature();
}

Result<void> ChunkedBody::check_chunk_signature() {
    if (!coding_.signing) {
        return {};
    }
    ChunkSigning& signing = *coding_.signing;
    static const std::string kHashOfNothing = hex_sha256("");
    const std::string to_sign = fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}",
                                            signing.time,
                                            signing.scope,
                                            signing.previous_signature,
                                            kHashOfNothing,
                                            codec::hex_lower(chunk_digest_->finish().bytes()));
    std::string expected = protocol::sign_v4(signing.key, to_sign);
    if (!crypto::constant_time_equal(expected, chunk_signature_)) {
        return fail(ErrorCode::SignatureDoesNotMatch);
    }
    signing.previous_signature = std::move(expected);
    return {};
}

/// Lenient about the last empty line, which some clients leave out, and about "name:value\n\r\n" as
/// AWS's own example has it.
Task<Result<void>> ChunkedBody::read_trailers() {
    const bool wants_signature = coding_.signing && coding_.has_trailer;
    std::size_t lines = 0;
    while (true) {
        CO_TRY(const std::optional<std::string> line, co_await read_line());
        if (!line) {
            break;
        }
        if (++lines > 2 * kTrailersMax) {
            co_return malformed();
        }
        if (!line->empty()) {
            CO_TRY_VOID(add_trailer(*line));
        } else if (!wants_signature || !trailer_signature_.empty()) {
            break;
        }
    }
    CO_TRY(const bool is_more, co_await fill());
    if (is_more) {
        co_return malformed();
    }
    co_return wants_signature ? check_trailer_signature() : Result<void>{};
}

Result<void> ChunkedBody::add_trailer(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (!coding_.has_trailer || colon == std::string_view::npos ||
        trailers_->fields.size() == kTrailersMax) {
        return malformed();
    }
    std::string name = codec::to_lower(codec::trim(line.substr(0, colon)));
    const std::string_view value = codec::trim(line.substr(colon + 1));
    if (name == kSignatureOfTrailer) {
        trailer_signature_ = value;
    } else {
        trailers_->fields.emplace_back(std::move(name), value);
    }
    return {};
}

Result<void> ChunkedBody::check_trailer_signature() {
    std::string canonical;
    for (const auto& [name, value] : trailers_->fields) {
        canonical += fmt::format("{}:{}\n", name, value);
    }
    const ChunkSigning& signing = *coding_.signing;
    const std::string to_sign = fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}",
                                            signing.time,
                                            signing.scope,
                                            signing.previous_signature,
                                            hex_sha256(canonical));
    if (!crypto::constant_time_equal(protocol::sign_v4(signing.key, to_sign), trailer_signature_)) {
        return fail(ErrorCode::SignatureDoesNotMatch);
    }
    return {};
}

Task<Result<std::optional<std::string>>> ChunkedBody::read_line() {
    std::string line;
    while (true) {
        if (position_ == buffer_.size()) {
            CO_TRY(const bool is_more, co_await fill());
            if (!is_more) {
                if (line.empty()) {
                    co_return std::optional<std::string>();
                }
                co_return incomplete();
            }
        }
        const std::string_view rest = as_text(buffer_).substr(position_);
        const std::size_t end = rest.find('\n');
        line += rest.substr(0, end);
        if (line.size() > kLineBytesMax) {
            co_return malformed();
        }
        if (end != std::string_view::npos) {
            position_ += end + 1;
            if (line.ends_with('\r')) {
                line.pop_back();
            }
            co_return std::optional(std::move(line));
        }
        position_ = buffer_.size();
    }
}

Task<Result<bool>> ChunkedBody::fill() {
    if (position_ != buffer_.size()) {
        co_return true;
    }
    if (input_ == nullptr) {
        co_return false;
    }
    CO_TRY(buffer_, co_await input_->next());
    position_ = 0;
    if (buffer_.empty()) {
        input_.reset();  // next() must not be called after the end.
        co_return false;
    }
    co_return true;
}

}  // namespace antipode::s3
