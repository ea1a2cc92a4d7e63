// A response from bytes that whoever we asked may send (another region, a webhook): it means the
// same however the network cuts it, and stays within what the caller allows.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "http/detail/response_parser.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kTextBytesMax = 512;

struct Decoded {
    bool is_valid = true;
    bool is_whole = false;
    std::size_t left = 0;
    http::ClientResponse response;
};

Decoded decode(std::string_view text, std::size_t step, bool answers_head) {
    Decoded decoded;
    http::ResponseParser parser(decoded.response,
                                {.answers_head = answers_head, .text_bytes_max = kTextBytesMax});
    http::InputBuffer input(16);
    while (decoded.is_valid && !decoded.is_whole && !text.empty()) {
        const std::string_view piece = text.substr(0, step);
        text.remove_prefix(piece.size());
        std::memcpy(input.prepare(input.size() + piece.size()).data(), piece.data(), piece.size());
        input.commit(piece.size());
        const auto done = parser.put(input);
        decoded.is_valid = done.has_value();
        decoded.is_whole = done.value_or(false);
    }
    decoded.left = input.size() + text.size();
    if (decoded.is_valid && !decoded.is_whole) {
        decoded.is_whole = parser.put_end().has_value();
    } else if (decoded.is_whole) {
        static_cast<void>(parser.keep_alive());
    }
    return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool answers_head = data[0] % 2 == 1;
    const Decoded whole = decode(text, size, answers_head);
    const Decoded cut = decode(text, 1, answers_head);
    CHECK(whole.response.text.size() <= kTextBytesMax);
    CHECK(whole.is_whole == cut.is_whole);
    if (whole.is_whole) {
        CHECK(whole.response.status == cut.response.status);
        CHECK(whole.response.text == cut.response.text);
        CHECK(whole.response.headers.all() == cut.response.headers.all());
        CHECK(whole.left == cut.left);
    }
    return 0;
}
