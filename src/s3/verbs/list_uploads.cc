#include <string>
#include <utility>

#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "protocol/limits.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

void write_upload(codec::XmlWriter& xml, const MultipartUpload& upload, const KeyText& text) {
    xml.open("Upload").element("Key", text.show(upload.key)).element("UploadId", upload.upload_id);
    write_owner(xml, upload.owner, "Initiator");
    write_owner(xml, upload.owner);
    xml.element("StorageClass", s3_name(upload.attributes.storage_class));
    xml.element("Initiated", show_time(upload.initiated_ms));
    if (upload.checksum_algorithm != ChecksumAlgorithm::None) {
        xml.element("ChecksumAlgorithm", checksum_element(upload.checksum_algorithm).substr(8));
        xml.element("ChecksumType", checksum_type_name(upload.checksum_type));
    }
    xml.close();
}

}  // namespace

Task<Answer> list_uploads(Call& call) {
    CO_TRY(const KeyText text, KeyText::of(call));
    object::ListUploadsRequest request;
    request.bucket = call.bucket();
    request.prefix = call.query().get("prefix");
    request.delimiter = call.query().get("delimiter");
    request.key_marker = call.query().get("key-marker");
    request.upload_id_marker = call.query().get("upload-id-marker");
    CO_TRY(request.max_uploads,
           query_number(call,
                        "max-uploads",
                        {.fallback = protocol::kListKeysMax,
                         .min = 1,
                         .max = protocol::kListKeysMax,
                         .caps = true}));
    object::ListUploadsRequest copy = request;
    CO_TRY(const object::UploadList list,
           co_await call.objects.list_uploads(call.caller, std::move(copy)));

    codec::XmlWriter xml;
    xml.open("ListMultipartUploadsResult", kNamespace).element("Bucket", call.parsed.bucket);
    xml.element("KeyMarker", text.show(request.key_marker))
        .element("UploadIdMarker", request.upload_id_marker);
    if (list.is_truncated) {
        xml.element("NextKeyMarker", text.show(list.next_key_marker));
        xml.element("NextUploadIdMarker", list.next_upload_id_marker);
    }
    xml.element("Prefix", text.show(request.prefix));
    if (!request.delimiter.empty()) {
        xml.element("Delimiter", text.show(request.delimiter));
    }
    text.write_type(xml);
    xml.element("MaxUploads", request.max_uploads).element("IsTruncated", list.is_truncated);
    for (const MultipartUpload& upload : list.uploads) {
        write_upload(xml, upload, text);
    }
    for (const std::string& prefix : list.common_prefixes) {
        xml.open("CommonPrefixes").element("Prefix", text.show(prefix)).close();
    }
    xml.close();
    co_return xml_response(xml);
}

}  // namespace antipode::s3
