#include <string>
#include <utility>

#include <fmt/format.h>

#include "codec/xml_writer.h"
#include "protocol/conditional_headers.h"
#include "s3/detail/attributes.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/copy_source.h"
#include "s3/detail/delete_marker.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

/// True for REPLACE, false for COPY or nothing.
S3Result<bool> parse_directive(const Call& call, std::string_view name) {
    const std::string_view value = call.header(name);
    if (value == "REPLACE") {
        return true;
    }
    if (value.empty() || value == "COPY") {
        return false;
    }
    return refuse(S3Error(words::kInvalidArgument, fmt::format("Unknown directive in {}.", name))
                      .with("ArgumentName", std::string(name))
                      .with("ArgumentValue", std::string(value)));
}

}  // namespace

Task<Answer> copy_object(Call& call) {
    object::CopyObjectRequest request;
    CO_TRY(request.source, parse_copy_source(call.request.headers));
    CO_TRY(ParsedAttributes parsed, parse_attributes(call.request.headers));
    request.bucket = call.bucket();
    request.key = call.key();
    CO_TRY(request.replace_metadata, parse_directive(call, "x-amz-metadata-directive"));
    CO_TRY(request.replace_tags, parse_directive(call, "x-amz-tagging-directive"));
    request.attributes = std::move(parsed.attributes);
    request.storage_class_given = parsed.storage_class_given;
    request.encryption = std::move(parsed.encryption);
    request.refuse_pointless_self_copy = true;
    request.conditions = protocol::parse_conditions(call.request.headers);
    if (const std::string_view algorithm = call.header("x-amz-checksum-algorithm");
        !algorithm.empty()) {
        CO_TRY(request.checksum_algorithm, parse_checksum_algorithm(algorithm));
    }
    const std::optional<std::string> source_version_id = request.source.version_id;
    auto copied = co_await call.objects.copy_object(call.caller, std::move(request));
    if (!copied && copied.error().code == ErrorCode::NotModified) {
        co_return refuse(words::kPreconditionFailed);
    }
    if (!copied && copied.error().code == ErrorCode::IsDeleteMarker) {
        co_return refuse(words::kInvalidRequest,
                         "The source of a copy request may not specifically refer to a delete "
                         "marker by version id.");
    }
    if (!copied) {
        S3Error error = read_error(std::move(copied.error()), source_version_id);
        error.headers.clear();
        co_return refuse(std::move(error));
    }
    codec::XmlWriter xml;
    xml.open("CopyObjectResult", kNamespace);
    xml.element("LastModified", show_time(copied->version.last_modified_ms));
    xml.element("ETag", show_etag(copied->version.etag));
    write_checksum(xml, copied->version.checksum);
    xml.close();
    http::Response response = xml_response(xml);
    add_encryption_headers(response.headers, copied->version.encryption);
    if (copied->show_version_id) {
        response.headers.add("x-amz-version-id", copied->version.version_id());
    }
    if (copied->source_version_id) {
        response.headers.add("x-amz-copy-source-version-id", *copied->source_version_id);
    }
    co_return response;
}

}  // namespace antipode::s3
