#include "codec/xml_writer.h"
#include "oss/delete_request.h"
#include "oss/handlers.h"
#include "oss/object_headers.h"
#include "protocol/delete_many.h"

namespace antipode::oss {

Task<Result<http::Response>> delete_object(Exchange& x) {
    CO_TRY_VOID(refuse_conditions(x));
    object::DeleteObjectRequest request{
        .bucket = x.bucket(), .key = x.key(), .version_id = x.version_id()};
    CO_TRY(const object::Deleted deleted,
           co_await x.services.objects.delete_object(x.caller, std::move(request)));
    http::Response response = empty_response(204);
    add_version_header(response, deleted.show_version_id, deleted.version_id);
    if (deleted.is_delete_marker) {
        response.headers.add("x-oss-delete-marker", "true");
    }
    co_return response;
}

namespace {

void append_deleted(codec::XmlWriter& xml,
                    const DeleteTarget& target,
                    const object::Deleted& deleted,
                    bool encode) {
    xml.open("Deleted");
    xml.element("Key", encode ? codec::percent_encode(target.key) : target.key);
    if (target.version_id) {
        xml.element("VersionId", *target.version_id);
    }
    if (deleted.is_delete_marker) {
        xml.element("DeleteMarker", true);
        xml.element("DeleteMarkerVersionId", deleted.version_id);
    }
    xml.close();
}

}  // namespace

/// OSS has no element for a key that could not be deleted: such a key is left out of the answer,
/// and when none could be deleted the first error is the answer.
Task<Result<http::Response>> delete_objects(Exchange& x) {
    CO_TRY(const bool encode, wants_url_encoding(x));
    CO_TRY(const std::string body, co_await read_body(x));
    CO_TRY(const DeleteObjectsRequest request, parse_delete_objects(body));
    codec::XmlWriter xml;
    xml.open("DeleteResult");
    if (encode) {
        xml.element("EncodingType", "url");
    }
    std::vector<object::DeleteObjectRequest> deletes;
    for (const DeleteTarget& target : request.targets) {
        deletes.push_back(
            {.bucket = x.bucket(), .key = target.key, .version_id = target.version_id});
    }
    const auto results =
        co_await protocol::delete_many(x.services.objects, x.caller, std::move(deletes));
    std::optional<Error> first_error;
    std::size_t done = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i]) {
            ++done;
            append_deleted(xml, request.targets[i], *results[i], encode);
        } else if (!first_error) {
            first_error = results[i].error();
        }
    }
    if (first_error && (request.is_quiet || done == 0)) {
        co_return fail(*std::move(first_error));
    }
    xml.close();
    co_return request.is_quiet ? empty_response() : xml_response(xml.take());
}

}  // namespace antipode::oss
