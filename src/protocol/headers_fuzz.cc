#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/conditional_headers.h"
#include "protocol/range_header.h"
#include "protocol/v4_signature.h"
#include "protocol/virtual_host.h"

/// A range that was chosen lies in the object; the others must not crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using antipode::protocol::RangeChoice;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const std::uint64_t object_bytes :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, UINT64_MAX}) {
        const RangeChoice choice = antipode::protocol::choose_range(text, object_bytes);
        if (choice.kind == RangeChoice::Kind::Partial) {
            CHECK(choice.range.size != 0);
            CHECK(choice.range.offset < object_bytes);
            CHECK(choice.range.size <= object_bytes - choice.range.offset);
        }
    }
    antipode::http::Headers headers;
    headers.add("If-None-Match", std::string(text));
    headers.add("If-Modified-Since", std::string(text));
    (void)antipode::protocol::parse_conditions(headers);
    (void)antipode::protocol::VirtualHosts({"example.com"}).bucket_of(text);
    (void)antipode::protocol::parse_v4_credential(text);
    (void)antipode::protocol::canonical_header_value(text);
    return 0;
}
