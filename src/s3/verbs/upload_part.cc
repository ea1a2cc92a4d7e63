#include <utility>

#include "codec/xml_writer.h"
#include "protocol/limits.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/copy_source.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/upload_name.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

S3Result<std::uint32_t> part_number_of(const Call& call) {
    const auto number = query_number(
        call, "partNumber", {.fallback = 0, .min = 1, .max = protocol::kPartNumberMax});
    if (!number || *number == 0) {
        return refuse(S3Error(words::kInvalidArgument,
                              "Part number must be an integer between 1 and 10000, inclusive")
                          .with("ArgumentName", "partNumber")
                          .with("ArgumentValue", std::string(call.query().get("partNumber"))));
    }
    return static_cast<std::uint32_t>(*number);
}

}  // namespace

Task<Answer> upload_part(Call& call) {
    object::UploadPartRequest request;
    request.upload = upload_name_of(call);
    CO_TRY(request.number, part_number_of(call));
    CO_TRY(Payload payload, open_payload(call));
    request.body = std::move(payload.source);
    request.check = std::move(payload.check);
    auto part = co_await call.objects.upload_part(call.caller, std::move(request));
    if (!part) {
        co_return refuse(payload_error(std::move(part.error()), call));
    }
    http::Response response = empty_response(200);
    response.headers.add("ETag", show_etag(part->etag));
    if (!part->checksum.value.empty()) {
        response.headers.add(checksum_header(part->checksum.algorithm), part->checksum.value);
    }
    co_return response;
}

Task<Answer> copy_part(Call& call) {
    object::CopyPartRequest request;
    request.upload = upload_name_of(call);
    CO_TRY(request.number, part_number_of(call));
    CO_TRY(request.source, parse_copy_source(call.request.headers));
    CO_TRY(request.range, parse_copy_range(call.request.headers));
    auto copied = co_await call.objects.copy_part(call.caller, std::move(request));
    if (!copied && copied.error().code == ErrorCode::NotModified) {
        co_return refuse(words::kPreconditionFailed);
    }
    if (!copied) {
        co_return refuse(S3Error(std::move(copied.error())));
    }
    codec::XmlWriter xml;
    xml.open("CopyPartResult", kNamespace)
        .element("LastModified", show_time(copied->part.last_modified_ms));
    xml.element("ETag", show_etag(copied->part.etag));
    write_checksum(xml, copied->part.checksum);
    xml.close();
    http::Response response = xml_response(xml);
    if (copied->source_version_id) {
        response.headers.add("x-amz-copy-source-version-id", *copied->source_version_id);
    }
    co_return response;
}

}  // namespace antipode::s3
