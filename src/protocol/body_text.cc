#include "protocol/body_text.h"

#include <optional>
#include <utility>

#include "base/bytes.h"
#include "codec/base64.h"
#include "crypto/digest.h"

namespace antipode::protocol {

Task<Result<std::string>> read_text(ByteSource* source, std::size_t bytes_max) {
    std::string text;
    while (source != nullptr) {
        CO_TRY(const Bytes chunk, co_await source->next());
        if (chunk.empty()) {
            break;
        }
        if (text.size() + chunk.size() > bytes_max) {
            co_return fail(ErrorCode::EntityTooLarge, "The request body is too large.");
        }
        text += as_text(chunk);
    }
    co_return text;
}

Result<std::string> parse_content_md5(std::string_view value) {
    const std::optional<Bytes> bytes = codec::base64_decode(value);
    if (!bytes || bytes->size() != 16) {
        return fail(ErrorCode::InvalidDigest, "The Content-MD5 you specified is not valid.");
    }
    return to_string(*bytes);
}

Result<void> check_content_md5(std::string_view value, std::string_view text) {
    if (value.empty()) {
        return {};
    }
    TRY(const std::string expected, parse_content_md5(value));
    if (as_text(crypto::md5(as_bytes(text)).bytes()) != expected) {
        return fail(ErrorCode::InvalidDigest,
                    "The Content-MD5 you specified did not match what we received.");
    }
    return {};
}

}  // namespace antipode::protocol
