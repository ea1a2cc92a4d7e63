#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/parsed_request.h"
#include "s3/detail/acl_xml.h"
#include "s3/detail/authentication.h"
#include "s3/detail/copy_source.h"
#include "s3/detail/sigv4.h"
#include "s3/detail/tagging.h"

/// No header and no query makes a stranger somebody, and nothing crashes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;  // NOLINT(google-build-using-namespace)
    const std::string text(reinterpret_cast<const char*>(data), size);
    static access::Keyring keyring;
    static protocol::SigningKeys signing_keys;
    static const std::vector<std::string> kRegions = {"cn-hangzhou"};
    keyring.put({.id = "a", .secret = "secret of a", .account = AccountId("1")});
    http::Request request;
    request.method = "GET";
    request.target = "/" + text;
    request.headers.add("Host", "localhost");
    request.headers.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    request.headers.add("x-amz-date", "20130524T000000Z");
    request.headers.add("x-amz-copy-source", text);
    request.headers.add("x-amz-copy-source-range", text);
    if (size % 2 == 0) {
        request.headers.add("Authorization", text);
    }
    if (auto parsed = protocol::parse_request(request, {}, protocol::Dialect::S3)) {
        parsed->now = runtime::WallTime(std::chrono::seconds(1369353600));
        const s3::SigningContext context{
            .keyring = keyring, .signing_keys = signing_keys, .regions = kRegions};
        const auto authentication = s3::authenticate(context, request, *parsed);
        CHECK(!authentication || authentication->principal.is_anonymous());
    }
    (void)s3::parse_authorization(text);
    (void)s3::parse_copy_source(request.headers);
    (void)s3::parse_copy_range(request.headers);
    (void)s3::parse_tagging(text, 10);
    (void)s3::parse_acl_xml(text);
    return 0;
}
