#include "base/bytes.h"
#include "codec/hex.h"
#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "oss/bucket_xml.h"
#include "oss/handlers.h"
#include "oss/listing.h"

namespace antipode::oss {

namespace {

constexpr PageSize kMaxKeys{.name = "max-keys", .absent = 100};

void append_object(codec::XmlWriter& xml,
                   const Listing& listing,
                   const ObjectVersion& object,
                   bool with_owner) {
    xml.open("Contents");
    xml.element("Key", listing.shown(object.key));
    xml.element("LastModified", xml_time(object.last_modified_ms));
    xml.element("ETag", quoted_etag(object.etag));
    xml.element("Type", oss_name(object.type));
    xml.element("Size", object.size_bytes);
    xml.element("StorageClass", oss_name(object.attributes.storage_class));
    if (with_owner) {
        append_owner(xml, object.owner);
    }
    xml.close();
}

Task<Result<object::ObjectList>> list_page(Exchange& x, const Listing& listing, std::string after) {
    object::ListObjectsRequest request{.bucket = x.bucket(),
                                       .prefix = listing.prefix,
                                       .delimiter = listing.delimiter,
                                       .after = std::move(after),
                                       .max_keys = listing.page_size()};
    CO_TRY(object::ObjectList page,
           co_await x.services.objects.list_objects(x.caller, std::move(request)));
    if (listing.max == 0) {
        page = {};
    }
    co_return page;
}

Task<Result<http::Response>> list_objects_v1(Exchange& x) {
    CO_TRY(const Listing listing, read_listing(x, kMaxKeys));
    const std::string marker(x.query().get("marker"));
    CO_TRY(const object::ObjectList page, co_await list_page(x, listing, marker));
    codec::XmlWriter xml;
    xml.open("ListBucketResult").element("Name", x.parsed.bucket);
    listing.append_head(xml, "MaxKeys");
    xml.element("Marker", listing.shown(marker)).element("IsTruncated", page.is_truncated);
    if (page.is_truncated) {
        xml.element("NextMarker", listing.shown(page.next_after));
    }
    for (const ObjectVersion& object : page.objects) {
        append_object(xml, listing, object, true);
    }
    listing.append_prefixes(xml, page.common_prefixes);
    xml.close();
    co_return xml_response(xml.take());
}

/// A token is the hex of where to go on, so that it needs no encoding anywhere.
Result<std::string> read_token(Exchange& x) {
    const std::string_view token = x.query().get("continuation-token");
    const std::optional<Bytes> after = codec::hex_decode(token);
    if (!after) {
        return refuse_argument(
            x, "continuation-token", std::string(token), "The continuation-token is not valid.");
    }
    return to_string(*after);
}

Result<bool> wants_owner(Exchange& x) {
    const std::string_view text = x.query().get("fetch-owner");
    if (text != "" && text != "true" && text != "false") {
        return refuse_argument(x, "fetch-owner", std::string(text), "It must be true or false.");
    }
    return text == "true";
}

Task<Result<http::Response>> list_objects_v2(Exchange& x) {
    CO_TRY(const Listing listing, read_listing(x, kMaxKeys));
    CO_TRY(const bool with_owner, wants_owner(x));
    CO_TRY(const std::string token, read_token(x));
    const std::string start_after(x.query().get("start-after"));
    CO_TRY(const object::ObjectList page,
           co_await list_page(x, listing, token.empty() ? start_after : token));
    codec::XmlWriter xml;
    xml.open("ListBucketResult").element("Name", x.parsed.bucket);
    listing.append_head(xml, "MaxKeys");
    xml.element("StartAfter", listing.shown(start_after)).element("IsTruncated", page.is_truncated);
    if (!token.empty()) {
        xml.element("ContinuationToken", x.query().get("continuation-token"));
    }
    if (page.is_truncated) {
        xml.element("NextContinuationToken", codec::hex_lower(as_bytes(page.next_after)));
    }
    xml.element("KeyCount", page.objects.size() + page.common_prefixes.size());
    for (const ObjectVersion& object : page.objects) {
        append_object(xml, listing, object, with_owner);
    }
    listing.append_prefixes(xml, page.common_prefixes);
    xml.close();
    co_return xml_response(xml.take());
}

void append_version(codec::XmlWriter& xml,
                    const Listing& listing,
                    const object::VersionEntry& entry) {
    const ObjectVersion& version = entry.version;
    xml.open(version.is_delete_marker ? "DeleteMarker" : "Version");
    xml.element("Key", listing.shown(version.key));
    xml.element("VersionId", version.version_id());
    xml.element("IsLatest", entry.is_latest);
    xml.element("LastModified", xml_time(version.last_modified_ms));
    if (!version.is_delete_marker) {
        xml.element("ETag", quoted_etag(version.etag));
        xml.element("Type", oss_name(version.type));
        xml.element("Size", version.size_bytes);
        xml.element("StorageClass", oss_name(version.attributes.storage_class));
    }
    append_owner(xml, version.owner);
    xml.close();
}

}  // namespace

Task<Result<http::Response>> list_objects(Exchange& x) {
    const std::string* type = x.query().find("list-type");
    if (type == nullptr) {
        co_return co_await list_objects_v1(x);
    }
    if (*type != "2") {
        co_return refuse_argument(x, "list-type", *type, "The list-type must be 2.");
    }
    co_return co_await list_objects_v2(x);
}

Task<Result<http::Response>> list_object_versions(Exchange& x) {
    CO_TRY(const Listing listing, read_listing(x, kMaxKeys));
    const std::string key_marker(x.query().get("key-marker"));
    const std::string id_marker(x.query().get("version-id-marker"));
    if (key_marker.empty() && !id_marker.empty()) {
        co_return refuse_argument(
            x, "version-id-marker", id_marker, "A version-id-marker needs a key-marker.");
    }
    object::ListVersionsRequest request{
        .bucket = x.bucket(),
        .prefix = listing.prefix,
        .delimiter = listing.delimiter,
        .key_marker = key_marker,
        .version_id_marker = id_marker.empty() ? std::nullopt : std::optional(id_marker),
        .max_keys = listing.page_size()};
    CO_TRY(object::VersionList page,
           co_await x.services.objects.list_versions(x.caller, std::move(request)));
    if (listing.max == 0) {
        page = {};
    }
    codec::XmlWriter xml;
    xml.open("ListVersionsResult").element("Name", x.parsed.bucket);
    listing.append_head(xml, "MaxKeys");
    xml.element("KeyMarker", listing.shown(key_marker)).element("VersionIdMarker", id_marker);
    xml.element("IsTruncated", page.is_truncated);
    if (page.is_truncated) {
        xml.element("NextKeyMarker", listing.shown(page.next_key_marker));
        xml.element("NextVersionIdMarker", page.next_version_id_marker);
    }
    for (const object::VersionEntry& entry : page.versions) {
        append_version(xml, listing, entry);
    }
    listing.append_prefixes(xml, page.common_prefixes);
    xml.close();
    co_return xml_response(xml.take());
}

}  // namespace antipode::oss
