#include "base/units.h"
#include "codec/ascii.h"
#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "oss/canonical_input.h"
#include "oss/complete_request.h"
#include "oss/handlers.h"
#include "oss/listing.h"
#include "oss/object_headers.h"
#include "protocol/limits.h"

namespace antipode::oss {

namespace {

constexpr std::string_view kEncryptedAtTheStart =
    "Encryption headers belong to InitiateMultipartUpload.";

constexpr std::uint64_t kPartBytesMin = 100 * kKiB;

object::UploadName upload_name(const Exchange& x) {
    return {
        .bucket = x.bucket(), .key = x.key(), .upload_id = std::string(x.query().get("uploadId"))};
}

Result<std::uint32_t> part_number(Exchange& x) {
    const std::string text(x.query().get("partNumber"));
    const std::optional<std::uint64_t> number = parse_number(text);
    if (!number || *number < 1 || *number > protocol::kPartNumberMax) {
        return refuse_argument(x,
                               "partNumber",
                               text,
                               "Part number must be an integer between 1 and 10000, inclusive.");
    }
    return static_cast<std::uint32_t>(*number);
}

/// "bytes=a-b", both given.
Result<std::optional<ByteRange>> copy_range(Exchange& x) {
    const std::string* text = x.request.headers.find("x-oss-copy-source-range");
    if (text == nullptr) {
        return std::nullopt;
    }
    constexpr std::string_view kUnit = "bytes=";
    const std::string_view all = *text;
    const std::size_t dash = all.find('-');
    if (all.starts_with(kUnit) && dash != std::string_view::npos) {
        const auto first = parse_number(all.substr(kUnit.size(), dash - kUnit.size()));
        const auto last = parse_number(all.substr(dash + 1));
        if (first && last && *first <= *last && *last < UINT64_MAX) {
            return ByteRange{.offset = *first, .size = *last - *first + 1};
        }
    }
    return refuse_argument(x,
                           "x-oss-copy-source-range",
                           *text,
                           "The x-oss-copy-source-range must be bytes=first-last.");
}

Task<Result<http::Response>> copy_part(Exchange& x) {
    CO_TRY(const std::uint32_t number, part_number(x));
    CO_TRY(object::CopySource source, parse_copy_source(x));
    CO_TRY(const std::optional<ByteRange> range, copy_range(x));
    object::CopyPartRequest request{
        .upload = upload_name(x), .number = number, .source = std::move(source), .range = range};
    CO_TRY(const object::CopiedPart copied,
           co_await x.services.objects.copy_part(x.caller, std::move(request)));
    codec::XmlWriter xml;
    xml.open("CopyPartResult");
    xml.element("LastModified", xml_time(copied.part.last_modified_ms));
    xml.element("ETag", quoted_etag(copied.part.etag));
    xml.close();
    http::Response response = xml_response(xml.take());
    response.headers.add("ETag", quoted_etag(copied.part.etag));
    response.headers.add("x-oss-hash-crc64ecma", std::to_string(copied.part.crc64));
    if (copied.source_version_id) {
        response.headers.add("x-oss-copy-source-version-id", *copied.source_version_id);
    }
    co_return response;
}

}  // namespace

Task<Result<http::Response>> create_upload(Exchange& x) {
    CO_TRY(const bool encode, wants_url_encoding(x));
    CO_TRY_VOID(refuse_conditions(x));
    CO_TRY(WriteHeaders headers, read_write_headers(x));
    object::CreateUploadRequest request{.bucket = x.bucket(),
                                        .key = x.key(),
                                        .attributes = std::move(headers.attributes),
                                        .storage_class_given = headers.storage_class_given,
                                        .encryption = std::move(headers.encryption)};
    CO_TRY(const MultipartUpload upload,
           co_await x.services.objects.create_upload(x.caller, std::move(request)));
    codec::XmlWriter xml;
    xml.open("InitiateMultipartUploadResult");
    if (encode) {
        xml.element("EncodingType", "url");
    }
    xml.element("Bucket", x.parsed.bucket);
    xml.element("Key", encode ? codec::percent_encode(x.key()) : x.key());
    xml.element("UploadId", upload.upload_id);
    xml.close();
    http::Response response = xml_response(xml.take());
    add_encryption_headers(response, upload.encryption);
    co_return response;
}

Task<Result<http::Response>> upload_part(Exchange& x) {
    CO_TRY_VOID(refuse_encryption(x, kEncryptedAtTheStart));
    CO_TRY_VOID(limit_upload(x));
    if (x.request.headers.contains("x-oss-copy-source")) {
        co_return co_await copy_part(x);
    }
    CO_TRY_VOID(refuse_conditions(x));
    CO_TRY(const std::uint32_t number, part_number(x));
    CO_TRY(object::BodyCheck check, read_body_check(x));
    object::UploadPartRequest request{.upload = upload_name(x),
                                      .number = number,
                                      .body = std::move(x.request.body),
                                      .check = std::move(check)};
    CO_TRY(const UploadPart part,
           co_await x.services.objects.upload_part(x.caller, std::move(request)));
    http::Response response = empty_response();
    response.headers.add("ETag", quoted_etag(part.etag));
    response.headers.add("x-oss-hash-crc64ecma", std::to_string(part.crc64));
    co_return response;
}

Task<Result<http::Response>> complete_upload(Exchange& x) {
    CO_TRY(const bool encode, wants_url_encoding(x));
    CO_TRY_VOID(refuse_conditions(x));
    CO_TRY_VOID(refuse_encryption(x, kEncryptedAtTheStart));
    CO_TRY(const WriteHeaders headers, read_write_headers(x));
    CO_TRY(const std::string body, co_await read_body(x));
    object::CompleteUploadRequest request{.upload = upload_name(x),
                                          .parts = {},
                                          .all_parts = x.header("x-oss-complete-all") == "yes",
                                          .forbid_overwrite = headers.forbid_overwrite,
                                          .conditions = {},
                                          .part_bytes_min = kPartBytesMin,
                                          .checksum = {}};
    if (request.all_parts && !body.empty()) {
        co_return fail(ErrorCode::InvalidArgument,
                       "With x-oss-complete-all the request must have no body.");
    }
    if (!request.all_parts) {
        CO_TRY(request.parts, parse_complete_upload(body));
    }
    CO_TRY(const object::Written written,
           co_await x.services.objects.complete_upload(x.caller, std::move(request)));
    codec::XmlWriter xml;
    xml.open("CompleteMultipartUploadResult");
    if (encode) {
        xml.element("EncodingType", "url");
    }
    xml.element("Location",
                (x.request.is_tls ? "https://" : "http://") + std::string(x.host()) +
                    x.parsed.target.raw_path);
    xml.element("Bucket", x.parsed.bucket);
    xml.element("Key", encode ? codec::percent_encode(x.key()) : x.key());
    xml.element("ETag", quoted_etag(written.version.etag));
    xml.close();
    http::Response response = xml_response(xml.take());
    add_written_headers(response, written);
    add_expiration_header(response, x, written.version);
    co_return response;
}

Task<Result<http::Response>> abort_upload(Exchange& x) {
    CO_TRY_VOID(co_await x.services.objects.abort_upload(x.caller, upload_name(x)));
    co_return empty_response(204);
}

Task<Result<http::Response>> list_parts(Exchange& x) {
    CO_TRY(const bool encode, wants_url_encoding(x));
    const NumberLimits size_limits{
        .min = 0, .max = protocol::kListKeysMax, .absent = protocol::kListKeysMax};
    CO_TRY(const std::uint64_t max_parts, number_parameter(x, "max-parts", size_limits));
    const NumberLimits marker_limits{.min = 0, .max = UINT32_MAX, .absent = 0};
    CO_TRY(const std::uint64_t marker, number_parameter(x, "part-number-marker", marker_limits));
    object::ListPartsRequest request{
        .upload = upload_name(x),
        .after = static_cast<std::uint32_t>(marker),
        .max_parts = max_parts == 0 ? 1 : static_cast<std::size_t>(max_parts)};
    CO_TRY(object::PartList page,
           co_await x.services.objects.list_parts(x.caller, std::move(request)));
    if (max_parts == 0) {
        page.parts.clear();
        page.is_truncated = false;
    }
    codec::XmlWriter xml;
    xml.open("ListPartsResult");
    if (encode) {
        xml.element("EncodingType", "url");
    }
    xml.element("Bucket", x.parsed.bucket);
    xml.element("Key", encode ? codec::percent_encode(x.key()) : x.key());
    xml.element("UploadId", page.upload.upload_id);
    xml.element("StorageClass", oss_name(page.upload.attributes.storage_class));
    xml.element("PartNumberMarker", marker);
    xml.element("NextPartNumberMarker", page.parts.empty() ? marker : page.parts.back().number);
    xml.element("MaxParts", max_parts).element("IsTruncated", page.is_truncated);
    for (const UploadPart& part : page.parts) {
        xml.open("Part").element("PartNumber", part.number);
        xml.element("LastModified", xml_time(part.last_modified_ms));
        xml.element("ETag", quoted_etag(part.etag)).element("HashCrc64ecma", part.crc64);
        xml.element("Size", part.size_bytes).close();
    }
    xml.close();
    co_return xml_response(xml.take());
}

Task<Result<http::Response>> list_uploads(Exchange& x) {
    constexpr PageSize kMaxUploads{.name = "max-uploads", .absent = protocol::kListKeysMax};
    CO_TRY(const Listing listing, read_listing(x, kMaxUploads));
    object::ListUploadsRequest request{
        .bucket = x.bucket(),
        .prefix = listing.prefix,
        .delimiter = listing.delimiter,
        .key_marker = std::string(x.query().get("key-marker")),
        .upload_id_marker = std::string(x.query().get("upload-id-marker")),
        .max_uploads = listing.page_size()};
    CO_TRY(object::UploadList page,
           co_await x.services.objects.list_uploads(x.caller, std::move(request)));
    if (listing.max == 0) {
        page = {};
    }
    codec::XmlWriter xml;
    xml.open("ListMultipartUploadsResult").element("Bucket", x.parsed.bucket);
    listing.append_head(xml, "MaxUploads");
    xml.element("KeyMarker", listing.shown(x.query().get("key-marker")));
    xml.element("UploadIdMarker", x.query().get("upload-id-marker"));
    xml.element("NextKeyMarker", listing.shown(page.next_key_marker));
    xml.element("NextUploadIdMarker", page.next_upload_id_marker);
    xml.element("IsTruncated", page.is_truncated);
    for (const MultipartUpload& upload : page.uploads) {
        xml.open("Upload")
            .element("Key", listing.shown(upload.key))
            .element("UploadId", upload.upload_id);
        xml.element("StorageClass", oss_name(upload.attributes.storage_class));
        xml.element("Initiated", xml_time(upload.initiated_ms)).close();
    }
    listing.append_prefixes(xml, page.common_prefixes);
    xml.close();
    co_return xml_response(xml.take());
}

}  // namespace antipode::oss
