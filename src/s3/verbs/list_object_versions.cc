#include <string>
#include <utility>

#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "protocol/limits.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

S3Result<object::ListVersionsRequest> read_request(const Call& call) {
    object::ListVersionsRequest request;
    request.bucket = call.bucket();
    request.prefix = call.query().get("prefix");
    request.delimiter = call.query().get("delimiter");
    request.key_marker = call.query().get("key-marker");
    if (const std::string* id = call.query().find("version-id-marker");
        id != nullptr && !id->empty()) {
        if (request.key_marker.empty()) {
            return refuse(words::kInvalidArgument,
                          "A version-id marker cannot be specified without a key marker.");
        }
        request.version_id_marker = *id;
    }
    TRY(request.max_keys,
        query_number(call,
                     "max-keys",
                     {.fallback = protocol::kListKeysMax,
                      .min = 0,
                      .max = protocol::kListKeysMax,
                      .caps = true}));
    return request;
}

void write_entry(codec::XmlWriter& xml, const object::VersionEntry& entry, const KeyText& text) {
    const ObjectVersion& version = entry.version;
    xml.open(version.is_delete_marker ? "DeleteMarker" : "Version");
    xml.element("Key", text.show(version.key)).element("VersionId", version.version_id());
    xml.element("IsLatest", entry.is_latest)
        .element("LastModified", show_time(version.last_modified_ms));
    if (!version.is_delete_marker) {
        xml.element("ETag", show_etag(version.etag)).element("Size", version.size_bytes);
        xml.element("StorageClass", s3_name(version.attributes.storage_class));
    }
    write_owner(xml, version.owner);
    xml.close();
}

}  // namespace

Task<Answer> list_object_versions(Call& call) {
    CO_TRY(const KeyText text, KeyText::of(call));
    CO_TRY(const object::ListVersionsRequest request, read_request(call));
    object::VersionList list;
    if (request.max_keys == 0) {
        CO_TRY_VOID(co_await call.buckets.head_bucket(call.caller, call.bucket()));
    } else {
        object::ListVersionsRequest copy = request;
        CO_TRY(list, co_await call.objects.list_versions(call.caller, std::move(copy)));
    }
    codec::XmlWriter xml;
    xml.open("ListVersionsResult", kNamespace).element("Name", call.parsed.bucket);
    xml.element("Prefix", text.show(request.prefix))
        .element("KeyMarker", text.show(request.key_marker));
    xml.element("VersionIdMarker", request.version_id_marker.value_or(""));
    xml.element("MaxKeys", request.max_keys);
    if (!request.delimiter.empty()) {
        xml.element("Delimiter", text.show(request.delimiter));
    }
    text.write_type(xml);
    xml.element("IsTruncated", list.is_truncated);
    if (list.is_truncated) {
        xml.element("NextKeyMarker", text.show(list.next_key_marker));
        xml.element("NextVersionIdMarker", list.next_version_id_marker);
    }
    for (const object::VersionEntry& entry : list.versions) {
        write_entry(xml, entry, text);
    }
    for (const std::string& prefix : list.common_prefixes) {
        xml.open("CommonPrefixes").element("Prefix", text.show(prefix)).close();
    }
    xml.close();
    co_return xml_response(xml);
}

}  // namespace antipode::s3
