#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

/// True for Enabled, false for Suspended.
S3Result<bool> parse_acceleration(std::string_view text) {
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    const std::string_view status = root.child_text("Status");
    if (root.name != "AccelerateConfiguration" || (status != "Enabled" && status != "Suspended")) {
        return refuse(words::kMalformedXml);
    }
    return status == "Enabled";
}

}  // namespace

Task<Answer> get_bucket_accelerate(Call& call) {
    CO_TRY(const Bucket bucket, co_await call.buckets.find_bucket(call.caller, call.bucket()));
    codec::XmlWriter xml;
    xml.open("AccelerateConfiguration", kNamespace);
    if (bucket.transfer_acceleration_was_set) {
        xml.element("Status", bucket.transfer_acceleration ? "Enabled" : "Suspended");
    }
    xml.close();
    co_return xml_response(xml);
}

Task<Answer> put_bucket_accelerate(Call& call) {
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(const bool is_enabled, parse_acceleration(body));
    if (call.parsed.bucket.contains('.')) {
        co_return refuse(words::kInvalidRequest,
                         "S3 Transfer Acceleration is not supported for buckets with periods (.) "
                         "in their names");
    }
    CO_TRY_VOID(
        co_await call.buckets.put_transfer_acceleration(call.caller, call.bucket(), is_enabled));
    co_return empty_response(200);
}

}  // namespace antipode::s3
