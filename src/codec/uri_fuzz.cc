#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/http_date.h"
#include "codec/uri.h"

/// What was decoded encodes to something that decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace codec = antipode::codec;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto target = codec::parse_target(text)) {
        CHECK(target->path.starts_with('/'));
        CHECK(codec::percent_decode(codec::percent_encode_path(target->path)) == target->path);
        for (const codec::QueryParameter& parameter : target->query.all()) {
            CHECK(codec::form_decode(codec::percent_encode(parameter.value)) == parameter.value);
        }
    }
    if (const auto bytes = codec::base64_decode(text)) {
        CHECK(codec::base64_encode(*bytes) == text);
    }
    if (const auto bytes = codec::hex_decode(text)) {
        CHECK(codec::hex_decode(codec::hex_lower(*bytes)) == bytes);
    }
    if (const auto time = codec::parse_http_date(text)) {
        CHECK(codec::parse_http_date(codec::format_http_date(*time)) == time);
    }
    if (const auto time = codec::parse_iso8601(text)) {
        CHECK(codec::parse_iso8601(codec::format_iso8601(*time)) == time);
    }
    return 0;
}
