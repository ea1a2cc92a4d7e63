#include <utility>

#include "protocol/conditional_headers.h"
#include "s3/detail/attributes.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> put_object(Call& call) {
    CO_TRY(ParsedAttributes parsed, parse_attributes(call.request.headers));
    CO_TRY(Payload payload, open_payload(call));
    object::PutObjectRequest request;
    request.bucket = call.bucket();
    request.key = call.key();
    request.attributes = std::move(parsed.attributes);
    request.storage_class_given = parsed.storage_class_given;
    request.encryption = std::move(parsed.encryption);
    request.body = std::move(payload.source);
    request.check = std::move(payload.check);
    request.conditions = protocol::parse_conditions(call.request.headers);
    auto written = co_await call.objects.put_object(call.caller, std::move(request));
    if (!written) {
        co_return refuse(payload_error(std::move(written.error()), call));
    }
    http::Response response = empty_response(200);
    add_version_headers(response.headers, written->version, written->show_version_id);
    add_encryption_headers(response.headers, written->version.encryption);
    add_checksum_headers(response.headers, written->version.checksum);
    add_expiration_header(response.headers, call, written->version);
    co_return response;
}

}  // namespace antipode::s3
