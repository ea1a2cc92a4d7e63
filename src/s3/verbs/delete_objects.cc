#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "protocol/delete_many.h"
#include "protocol/limits.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

struct Order {
    std::vector<object::DeleteObjectRequest> requests;
    bool is_quiet = false;
};

S3Result<Order> parse_order(const Call& call, std::string_view text) {
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    if (root.name != "Delete") {
        return refuse(words::kMalformedXml);
    }
    Order order;
    order.is_quiet = root.child_text("Quiet") == "true";
    for (const codec::XmlElement& object : root.children) {
        if (object.name != "Object") {
            continue;
        }
        if (object.child_text("Key").empty()) {
            return refuse(words::kMalformedXml);
        }
        for (const std::string_view condition : {"ETag", "LastModifiedTime", "Size"}) {
            if (object.child(condition) != nullptr) {
                return refuse_not_implemented("A conditional delete");
            }
        }
        object::DeleteObjectRequest request;
        request.bucket = call.bucket();
        request.key = object.child_text("Key");
        if (const std::string_view version_id = object.child_text("VersionId");
            !version_id.empty()) {
            request.version_id = version_id;
        }
        order.requests.push_back(std::move(request));
    }
    if (order.requests.empty() || order.requests.size() > protocol::kDeleteKeysMax) {
        return refuse(words::kMalformedXml);
    }
    return order;
}

void write_deleted(codec::XmlWriter& xml,
                   const object::DeleteObjectRequest& request,
                   const object::Deleted& deleted) {
    xml.open("Deleted").element("Key", request.key);
    if (request.version_id) {
        xml.element("VersionId", *request.version_id);
    }
    if (deleted.is_delete_marker) {
        xml.element("DeleteMarker", true).element("DeleteMarkerVersionId", deleted.version_id);
    }
    xml.close();
}

void write_failed(codec::XmlWriter& xml,
                  const object::DeleteObjectRequest& request,
                  const S3Error& error) {
    xml.open("Error").element("Key", request.key);
    if (request.version_id) {
        xml.element("VersionId", *request.version_id);
    }
    xml.element("Code", error.word->code);
    xml.element("Message",
                error.message.empty() ? error.word->message : std::string_view(error.message))
        .close();
}

}  // namespace

Task<Answer> delete_objects(Call& call) {
    CO_TRY(const std::string body, co_await read_payload_text(call));
    CO_TRY(const Order order, parse_order(call, body));
    std::vector<object::DeleteObjectRequest> requests = order.requests;
    auto outcomes = co_await protocol::delete_many(call.objects, call.caller, std::move(requests));
    codec::XmlWriter xml;
    xml.open("DeleteResult", kNamespace);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const object::DeleteObjectRequest& request = order.requests[i];
        Result<object::Deleted>& deleted = outcomes[i];
        if (!deleted && deleted.error().code == ErrorCode::NoSuchBucket) {
            co_return refuse(S3Error(std::move(deleted.error())));
        }
        if (!deleted) {
            write_failed(xml, request, S3Error(std::move(deleted.error())));
        } else if (!order.is_quiet) {
            write_deleted(xml, request, *deleted);
        }
    }
    xml.close();
    co_return xml_response(xml);
}

}  // namespace antipode::s3
