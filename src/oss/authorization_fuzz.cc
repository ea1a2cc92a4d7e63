#include <cstddef>
#include <cstdint>
#include <string_view>

#include "access/keyring.h"
#include "oss/authenticate.h"

/// Any bytes as Authorization header and as query: never a crash, never let in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = text.find('\n');
    http::Request request;
    request.method = "GET";
    request.target =
        "/bucket/key?" + std::string(line == std::string_view::npos ? "" : text.substr(line + 1));
    request.headers.add("Authorization", std::string(text.substr(0, line)));
    request.headers.add("Date", "Thu, 17 Nov 2005 18:49:58 GMT");
    request.headers.add("x-oss-content-sha256", "UNSIGNED-PAYLOAD");
    const auto parsed = protocol::parse_request(request, {}, protocol::Dialect::Oss);
    if (!parsed) {
        return 0;
    }
    access::Keyring keyring;
    keyring.put({.id = "AK", .secret = "SK", .account = AccountId("1"), .is_root = false});
    protocol::SigningKeys keys;
    const std::string region = "cn-hangzhou";
    const oss::Authentication by{.keyring = keyring, .signing_keys = keys, .region = region};
    oss::ErrorDetail detail;
    const auto answer = oss::authenticate(request, *parsed, by, detail);
    if (answer && !answer->principal.is_anonymous()) {
        __builtin_trap();
    }
    return 0;
}
