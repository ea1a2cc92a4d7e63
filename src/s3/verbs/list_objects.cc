#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "protocol/limits.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

S3Result<object::ListObjectsRequest> read_request(const Call& call) {
    object::ListObjectsRequest request;
    request.bucket = call.bucket();
    request.prefix = call.query().get("prefix");
    request.delimiter = call.query().get("delimiter");
    TRY(request.max_keys,
        query_number(call,
                     "max-keys",
                     {.fallback = protocol::kListKeysMax,
                      .min = 0,
                      .max = protocol::kListKeysMax,
                      .caps = true}));
    return request;
}

/// A page of nothing needs no look into the bucket but whether it may be read.
Task<S3Result<object::ObjectList>> load(Call& call, object::ListObjectsRequest request) {
    if (request.max_keys == 0) {
        CO_TRY_VOID(co_await call.buckets.head_bucket(call.caller, call.bucket()));
        co_return object::ObjectList();
    }
    CO_TRY(object::ObjectList list,
           co_await call.objects.list_objects(call.caller, std::move(request)));
    co_return list;
}

void write_page(codec::XmlWriter& xml,
                const object::ObjectList& list,
                const KeyText& text,
                bool with_owner) {
    for (const ObjectVersion& object : list.objects) {
        xml.open("Contents").element("Key", text.show(object.key));
        xml.element("LastModified", show_time(object.last_modified_ms))
            .element("ETag", show_etag(object.etag));
        if (object.checksum.algorithm != ChecksumAlgorithm::None) {
            xml.element("ChecksumAlgorithm", checksum_element(object.checksum.algorithm).substr(8));
            xml.element("ChecksumType", checksum_type_name(object.checksum.type));
        }
        xml.element("Size", object.size_bytes);
        if (with_owner) {
            write_owner(xml, object.owner);
        }
        xml.element("StorageClass", s3_name(object.attributes.storage_class)).close();
    }
    for (const std::string& prefix : list.common_prefixes) {
        xml.open("CommonPrefixes").element("Prefix", text.show(prefix)).close();
    }
}

void write_start(codec::XmlWriter& xml,
                 const Call& call,
                 const object::ListObjectsRequest& request,
                 const KeyText& text) {
    xml.open("ListBucketResult", kNamespace).element("Name", call.parsed.bucket);
    xml.element("Prefix", text.show(request.prefix));
    if (!request.delimiter.empty()) {
        xml.element("Delimiter", text.show(request.delimiter));
    }
    xml.element("MaxKeys", request.max_keys);
    text.write_type(xml);
}

}  // namespace

Task<Answer> list_objects(Call& call) {
    CO_TRY(const KeyText text, KeyText::of(call));
    CO_TRY(object::ListObjectsRequest request, read_request(call));
    request.after = call.query().get("marker");
    object::ListObjectsRequest copy = request;
    CO_TRY(const object::ObjectList list, co_await load(call, std::move(copy)));
    codec::XmlWriter xml;
    write_start(xml, call, request, text);
    xml.element("Marker", text.show(request.after)).element("IsTruncated", list.is_truncated);
    if (list.is_truncated) {
        xml.element("NextMarker", text.show(list.next_after));
    }
    write_page(xml, list, text, true);
    xml.close();
    co_return xml_response(xml);
}

Task<Answer> list_objects_v2(Call& call) {
    CO_TRY(const KeyText text, KeyText::of(call));
    CO_TRY(object::ListObjectsRequest request, read_request(call));
    const std::string_view start_after = call.query().get("start-after");
    request.after = start_after;
    const std::string* token = call.query().find("continuation-token");
    if (token != nullptr) {
        const std::optional<Bytes> after = codec::base64_decode(*token);
        if (!after || after->empty()) {
            co_return refuse(
                S3Error(words::kInvalidArgument, "The continuation token provided is incorrect")
                    .with("ArgumentName", "continuation-token"));
        }
        request.after = to_string(*after);
    }
    object::ListObjectsRequest copy = request;
    CO_TRY(const object::ObjectList list, co_await load(call, std::move(copy)));
    codec::XmlWriter xml;
    write_start(xml, call, request, text);
    xml.element("KeyCount", list.objects.size() + list.common_prefixes.size());
    xml.element("IsTruncated", list.is_truncated);
    if (token != nullptr) {
        xml.element("ContinuationToken", *token);
    }
    if (!start_after.empty()) {
        xml.element("StartAfter", text.show(start_after));
    }
    if (list.is_truncated) {
        xml.element("NextContinuationToken", codec::base64_encode(as_bytes(list.next_after)));
    }
    write_page(xml, list, text, call.query().get("fetch-owner") == "true");
    xml.close();
    co_return xml_response(xml);
}

}  // namespace antipode::s3
