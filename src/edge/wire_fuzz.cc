#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/ascii.h"
#include "edge/wire.h"

namespace {

using namespace antipode::edge;  // NOLINT(google-build-using-namespace)

template <typename Decode>
void check_stable(std::string_view bytes, Decode decode) {
    if (const auto decoded = decode(bytes); decoded) {
        const std::string once = encode(*decoded);
        const auto again = decode(once);
        CHECK(again.has_value());
        CHECK(encode(*again) == once);
    }
}

/// What is let in could have come over a client's connection: nothing in it ends a line.
void check_request(std::string_view bytes) {
    if (const auto start = decode_request_start(bytes); start) {
        CHECK(start->target.find_first_of("\r\n ") == std::string::npos);
        CHECK(std::ranges::all_of(start->headers, [](const auto& field) {
            return antipode::codec::is_field_name(field.first) &&
                   field.second.find_first_of("\r\n") == std::string::npos;
        }));
    }
}

}  // namespace

/// The first byte says which message it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
        case 0:
            check_stable(bytes, decode_request_start);
            check_request(bytes);
            break;
        case 1:
            check_stable(bytes, decode_answer_start);
            break;
        default:
            check_stable(bytes, decode_notice);
            break;
    }
    return 0;
}
