#include "oss/exchange.h"

#include <charconv>

#include "base/bytes.h"
#include "codec/ascii.h"
#include "codec/http_date.h"
#include "crypto/digest.h"
#include "protocol/content_md5.h"
#include "protocol/limits.h"
#include "runtime/read_text.h"

namespace antipode::oss {

namespace {

codec::UtcTime utc(std::int64_t ms) {
    return codec::UtcTime(std::chrono::milliseconds(ms));
}

}  // namespace

std::optional<std::string> Exchange::version_id() const {
    const std::string* id = query().find("versionId");
    return id == nullptr ? std::nullopt : std::optional(*id);
}

object::VersionName Exchange::version_name() const {
    return {.bucket = bucket(), .key = key(), .version_id = version_id()};
}

std::string Exchange::endpoint() const {
    std::string_view name = host();
    if (parsed.is_virtual_hosted && name.size() > parsed.bucket.size()) {
        name.remove_prefix(parsed.bucket.size() + 1);
    }
    return std::string(name);
}

std::unexpected<Error> refuse(Exchange& x, ErrorCode code, std::string ec, std::string message) {
    x.detail.ec = std::move(ec);
    return fail(code, std::move(message));
}

std::unexpected<Error> refuse_argument(Exchange& x,
                                       std::string name,
                                       std::string value,
                                       std::string message) {
    x.detail.elements.emplace_back("ArgumentName", std::move(name));
    x.detail.elements.emplace_back("ArgumentValue", std::move(value));
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

Result<void> check_field(Exchange& x, std::string_view name, std::string_view value) {
    if (codec::is_field_name(name) && codec::is_field_value(value)) {
        return {};
    }
    return refuse_argument(
        x, std::string(name), std::string(value), "It has characters that no header may have.");
}

std::unexpected<Error> refuse_not_built(std::string_view what) {
    return fail(ErrorCode::NotImplemented,
                "A feature that this request needs is not implemented: " + std::string(what) + ".");
}

http::Response empty_response(int status) {
    http::Response response;
    response.status = status;
    return response;
}

http::Response xml_response(std::string xml) {
    http::Response response;
    response.headers.add("Content-Type", "application/xml");
    response.text = std::move(xml);
    return response;
}

Task<Result<std::string>> read_body(Exchange& x) {
    CO_TRY(std::string text,
           co_await runtime::read_text(x.request.body.get(), protocol::kXmlBodyBytesMax));
    CO_TRY_VOID(protocol::check_content_md5(x.header("content-md5"), text));
    if (x.payload_sha256 && as_text(crypto::sha256(as_bytes(text)).bytes()) != *x.payload_sha256) {
        co_return fail(ErrorCode::BadDigest,
                       "The x-oss-content-sha256 you specified did not match what we received.");
    }
    co_return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

Result<std::uint64_t> number_parameter(Exchange& x, std::string_view name, NumberLimits limits) {
    const std::string* text = x.query().find(name);
    if (text == nullptr || text->empty()) {
        return limits.absent;
    }
    const std::optional<std::uint64_t> value = parse_number(*text);
    if (!value || *value < limits.min || *value > limits.max) {
        return refuse_argument(x,
                               std::string(name),
                               *text,
                               "Argument " + std::string(name) + " must be an integer between " +
                                   std::to_string(limits.min) + " and " +
                                   std::to_string(limits.max) + ".");
    }
    return *value;
}

std::string xml_time(std::int64_t ms) {
    constexpr std::int64_t kSecond = 1000;
    return codec::format_iso8601(utc(ms - ms % kSecond));
}

std::string http_time(std::int64_t ms) {
    return codec::format_http_date(utc(ms));
}

std::string quoted_etag(std::string_view etag) {
    return "\"" + std::string(etag) + "\"";
}

Result<bool> wants_url_encoding(Exchange& x) {
    const std::string* type = x.query().find("encoding-type");
    if (type == nullptr || type->empty()) {
        return false;
    }
    // SDKs send "url"; Go v2's tests have "URL".
    if (*type != "url" && *type != "URL") {
        return refuse_argument(
            x, "encoding-type", *type, "Invalid Encoding Method specified in Request.");
    }
    return true;
}

}  // namespace antipode::oss
