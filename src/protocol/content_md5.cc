#include "protocol/content_md5.h"

#include <optional>
#include <utility>

#include "base/bytes.h"
#include "codec/base64.h"
#include "crypto/digest.h"

namespace antipode::protocol {

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
