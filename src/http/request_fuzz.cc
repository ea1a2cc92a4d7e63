// A request's head and chunked body from bytes that anybody may send. What is accepted must have
// one meaning: no line end within a field, one framing, and the same body however the network cuts
// it.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "http/detail/request_parser.h"

namespace {

using namespace antipode;

constexpr std::size_t kBodyBytesMax = 1 << 20;

struct Decoded {
    bool is_valid = true;
    bool is_whole = false;
    std::string body;
};

/// Reads the head again and then the body in pieces of `step` bytes.
Decoded decode(std::string_view head, std::string_view rest, std::size_t step) {
    http::RequestParser parser;
    http::Request request;
    http::RequestFacts facts;
    CHECK(parser.parse_head(head, request, facts) == 0);
    Decoded decoded;
    http::InputBuffer input(16);
    Bytes body;
    while (decoded.is_valid && !decoded.is_whole && !rest.empty()) {
        const std::string_view piece = rest.substr(0, step);
        rest.remove_prefix(piece.size());
        std::memcpy(input.prepare(input.size() + piece.size()).data(), piece.data(), piece.size());
        input.commit(piece.size());
        const auto done = parser.decode_chunked(input, body, kBodyBytesMax);
        decoded.is_valid = done.has_value();
        decoded.is_whole = done.value_or(false);
    }
    decoded.body = to_string(body);
    return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = http::find_head_end(text, 0);
    if (end == std::string_view::npos) {
        return 0;
    }
    http::RequestParser parser;
    http::Request request;
    http::RequestFacts facts;
    const int status = parser.parse_head(text.substr(0, end), request, facts);
    CHECK(status == 0 || status == 400 || status == 417 || status == 431 || status == 501);
    if (status != 0) {
        return 0;
    }
    const std::string_view ends("\r\n\0", 3);
    CHECK(request.target.find_first_of(ends) == std::string::npos &&
          request.target.find(' ') == std::string::npos);
    for (const auto& [name, value] : request.headers.all()) {
        CHECK(!name.empty());
        CHECK(name.find_first_of(ends) == std::string::npos &&
              value.find_first_of(ends) == std::string::npos);
    }
    CHECK(!(request.is_chunked && request.content_length));
    if (request.is_chunked) {
        const Decoded whole = decode(text.substr(0, end), text.substr(end), size);
        const Decoded cut = decode(text.substr(0, end), text.substr(end), 1);
        CHECK(whole.is_whole == cut.is_whole);
        CHECK(!whole.is_whole || whole.body == cut.body);
    }
    return 0;
}
