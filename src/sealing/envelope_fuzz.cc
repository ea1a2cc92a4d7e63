#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "sealing/envelope.h"
#include "sealing/local_keys.h"

/// Any bytes as an envelope (first byte even) or as a key file (odd): what is read is written as it
/// stood there, and no stranger's envelope opens.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;  // NOLINT(google-build-using-namespace)
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        const auto envelope = sealing::decode_envelope(bytes);
        if (envelope) {
            CHECK(sealing::encode(*envelope) == bytes);
            CHECK(!sealing::unwrap(crypto::AesKey(), *envelope, "context"));
        }
        return 0;
    }
    const auto file = sealing::parse_key_file(bytes);
    if (file) {
        const auto again = sealing::parse_key_file(sealing::format_key_file(file->keys));
        CHECK(again.has_value());
        CHECK(!again->is_changed);
        CHECK(sealing::format_key_file(again->keys) == sealing::format_key_file(file->keys));
    } else {
        CHECK(!file.error().message.empty());
    }
    return 0;
}
