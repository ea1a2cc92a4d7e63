#include <string>
#include <utility>

#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "protocol/limits.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/render.h"
#include "s3/detail/upload_name.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

Task<Answer> list_parts(Call& call) {
    object::ListPartsRequest request;
    request.upload = upload_name_of(call);
    CO_TRY(const std::uint64_t marker,
           query_number(call,
                        "part-number-marker",
                        {.fallback = 0, .min = 0, .max = protocol::kPartNumberMax, .caps = true}));
    CO_TRY(const std::uint64_t max_parts,
           query_number(call,
                        "max-parts",
                        {.fallback = protocol::kListKeysMax,
                         .min = 1,
                         .max = protocol::kListKeysMax,
                         .caps = true}));
    request.after = static_cast<std::uint32_t>(marker);
    request.max_parts = max_parts;
    CO_TRY(const object::PartList list,
           co_await call.objects.list_parts(call.caller, std::move(request)));
    codec::XmlWriter xml;
    xml.open("ListPartsResult", kNamespace)
        .element("Bucket", call.parsed.bucket)
        .element("Key", call.key());
    xml.element("UploadId", list.upload.upload_id);
    write_owner(xml, list.upload.owner, "Initiator");
    write_owner(xml, list.upload.owner);
    xml.element("StorageClass", s3_name(list.upload.attributes.storage_class));
    xml.element("PartNumberMarker", marker);
    if (list.is_truncated) {
        xml.element("NextPartNumberMarker", list.next_after);
    }
    xml.element("MaxParts", max_parts).element("IsTruncated", list.is_truncated);
    if (list.upload.checksum_algorithm != ChecksumAlgorithm::None) {
        xml.element("ChecksumAlgorithm",
                    checksum_element(list.upload.checksum_algorithm).substr(8));
        xml.element("ChecksumType", checksum_type_name(list.upload.checksum_type));
    }
    for (const UploadPart& part : list.parts) {
        xml.open("Part").element("PartNumber", part.number);
        xml.element("LastModified", show_time(part.last_modified_ms))
            .element("ETag", show_etag(part.etag));
        xml.element("Size", part.size_bytes);
        write_checksum(xml, part.checksum);
        xml.close();
    }
    xml.close();
    co_return xml_response(xml);
}

}  // namespace antipode::s3
