#include "s3/detail/render.h"

#include <chrono>

#include <fmt/format.h>

#include "codec/ascii.h"
#include "codec/http_date.h"
#include "codec/uri.h"

namespace antipode::s3 {

std::string show_etag(std::string_view stored) {
    return fmt::format("\"{}\"", codec::to_lower(stored));
}

std::string show_time(std::int64_t ms) {
    return codec::format_iso8601(codec::UtcTime(std::chrono::milliseconds(ms)));
}

std::string show_http_time(std::int64_t ms) {
    return codec::format_http_date(codec::UtcTime(std::chrono::milliseconds(ms)));
}

http::Response xml_response(codec::XmlWriter& xml) {
    http::Response response;
    response.headers.add("Content-Type", "application/xml");
    response.text = xml.take();
    return response;
}

http::Response empty_response(int status) {
    http::Response response;
    response.status = status;
    return response;
}

void write_owner(codec::XmlWriter& xml, const AccountId& account, std::string_view element) {
    xml.open(element).element("ID", account.str()).element("DisplayName", account.str()).close();
}

void add_expiration_header(http::Headers& headers, const Call& call, const ObjectVersion& latest) {
    const auto expiry = call.buckets.expiry(call.bucket(), latest);
    if (expiry) {
        // The id may hold anything, a header may not.
        headers.add("x-amz-expiration",
                    "expiry-date=\"" + show_http_time(expiry->at_ms) + "\", rule-id=\"" +
                        codec::percent_encode(expiry->rule_id) + "\"");
    }
}

void add_version_headers(http::Headers& headers,
                         const ObjectVersion& version,
                         bool show_version_id) {
    headers.add("ETag", show_etag(version.etag));
    if (show_version_id) {
        headers.add("x-amz-version-id", version.version_id());
    }
}

S3Result<KeyText> KeyText::of(const Call& call) {
    KeyText text;
    const std::string_view type = call.query().get("encoding-type");
    if (!type.empty() && type != "url") {
        return refuse(
            S3Error(words::kInvalidArgument, "Invalid Encoding Method specified in Request")
                .with("ArgumentName", "encoding-type")
                .with("ArgumentValue", std::string(type)));
    }
    text.is_url_ = !type.empty();
    return text;
}

std::string KeyText::show(std::string_view key) const {
    return is_url_ ? codec::percent_encode_path(key) : std::string(key);
}

void KeyText::write_type(codec::XmlWriter& xml) const {
    if (is_url_) {
        xml.element("EncodingType", "url");
    }
}

}  // namespace antipode::s3
