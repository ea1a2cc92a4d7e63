#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>

#include "admin/json_fields.h"
#include "admin/request_signature.h"
#include "admin/rule_json.h"
#include "admin/zone_drills.h"
#include "base/check.h"

namespace {

using namespace antipode;  // NOLINT(google-build-using-namespace)

void check_fields(const boost::json::value& body) {
    constexpr std::string_view kName = "f";
    const auto text = admin::text(body, kName);
    CHECK(!text || !text->empty());
    const auto number = admin::whole_number(body, kName);
    const auto optional_number = admin::optional_number(body, kName);
    CHECK(!number || (optional_number && *optional_number == *number));
    CHECK(!text || !number);
    static_cast<void>(admin::flag(body, kName));
    static_cast<void>(admin::only_fields(body, {kName}));
}

/// Nobody gets in without the secret.
void check_signature(const std::string& text) {
    access::Keyring keyring;
    keyring.put({.id = "AK", .secret = "secret", .account = AccountId("1"), .is_root = true});
    http::Request request;
    request.method = "GET";
    request.target = "/-/admin/v1/zones";
    const std::size_t line = text.find('\n');
    request.headers.add("Authorization", text.substr(0, line));
    request.headers.add(std::string(admin::kDateHeader),
                        line == std::string::npos ? "20130524T000000Z" : text.substr(line + 1));
    const runtime::WallTime now(std::chrono::seconds(1369353600));
    CHECK(!admin::authenticate(keyring, request, "", now));
}

}  // namespace

/// Any bytes as the body of a request of the admin API, and as its signature.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_signature(text);
    static_cast<void>(admin::parse_drill_mode(text));
    boost::json::error_code error;
    const boost::json::value body = boost::json::parse(text, error);
    if (error) {
        return 0;
    }
    check_fields(body);
    if (const auto rule = admin::rule_from_json(body)) {
        CHECK(!rule->target_region.empty() && !rule->target_bucket.str().empty());
        CHECK(rule->actions == kReplicateAll || rule->actions == kReplicatePut);
    }
    return 0;
}
