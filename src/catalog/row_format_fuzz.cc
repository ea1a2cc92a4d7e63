#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "catalog/lifecycle_rows.h"
#include "catalog/row_format.h"

namespace {

using namespace antipode::catalog;  // NOLINT(google-build-using-namespace)

/// What can be decoded is written as it stands there, or at least as something that stays as it is
/// from then on.
template <typename Decoded, typename Decode>
void check_stable(const Decoded& decoded, Decode decode) {
    if (decoded) {
        const std::string once = encode(*decoded);
        const Decoded again = decode(once);
        CHECK(again.has_value());
        CHECK(encode(*again) == once);
    }
}

}  // namespace

/// Any bytes as the value of a row: the first one chooses of which kind.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view value(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto run = [value](auto decode) { check_stable(decode(value), decode); };
    switch (data[0] % 8) {
        case 0:
            run([](std::string_view bytes) { return decode_version("key", bytes); });
            break;
        case 1:
            run([](std::string_view bytes) { return decode_part(bytes); });
            break;
        case 2:
            run([](std::string_view bytes) { return decode_upload(bytes); });
            break;
        case 3:
            run([](std::string_view bytes) { return decode_change(1, bytes); });
            break;
        case 4:
            run([](std::string_view bytes) { return decode_bucket(bytes); });
            break;
        case 5:
            run([](std::string_view bytes) { return decode_totals(bytes); });
            break;
        case 7:
            run([](std::string_view bytes) { return decode_lifecycle(bytes); });
            break;
        default:
            run([](std::string_view bytes) { return decode_order(bytes); });
            break;
    }
    return 0;
}
