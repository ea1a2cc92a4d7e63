#include <utility>

#include "codec/xml_writer.h"
#include "s3/detail/attributes.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

/// CRC-64 is always of the whole object; the others are composite unless asked otherwise; SHA
/// cannot be combined.
S3Result<ChecksumType> choose_type(const Call& call, ChecksumAlgorithm algorithm) {
    const std::string_view text = call.header("x-amz-checksum-type");
    const bool is_sha =
        algorithm == ChecksumAlgorithm::Sha1 || algorithm == ChecksumAlgorithm::Sha256;
    if (text.empty()) {
        return algorithm == ChecksumAlgorithm::Crc64Nvme ? ChecksumType::FullObject
                                                         : ChecksumType::Composite;
    }
    TRY(const ChecksumType type, parse_checksum_type(text));
    if (algorithm == ChecksumAlgorithm::None) {
        return refuse(words::kInvalidRequest,
                      "The x-amz-checksum-type header can only be used with the "
                      "x-amz-checksum-algorithm header.");
    }
    const bool is_wrong =
        (is_sha && type == ChecksumType::FullObject) ||
        (algorithm == ChecksumAlgorithm::Crc64Nvme && type == ChecksumType::Composite);
    if (is_wrong) {
        return refuse(words::kInvalidRequest,
                      "The checksum type cannot be used with this checksum algorithm.");
    }
    return type;
}

}  // namespace

Task<Answer> create_upload(Call& call) {
    CO_TRY(ParsedAttributes parsed, parse_attributes(call.request.headers));
    object::CreateUploadRequest request;
    request.bucket = call.bucket();
    request.key = call.key();
    request.attributes = std::move(parsed.attributes);
    request.storage_class_given = parsed.storage_class_given;
    request.encryption = std::move(parsed.encryption);
    if (const std::string_view algorithm = call.header("x-amz-checksum-algorithm");
        !algorithm.empty()) {
        CO_TRY(request.checksum_algorithm, parse_checksum_algorithm(algorithm));
    }
    CO_TRY(request.checksum_type, choose_type(call, request.checksum_algorithm));
    CO_TRY(const MultipartUpload upload,
           co_await call.objects.create_upload(call.caller, std::move(request)));
    codec::XmlWriter xml;
    xml.open("InitiateMultipartUploadResult", kNamespace).element("Bucket", call.parsed.bucket);
    xml.element("Key", call.key()).element("UploadId", upload.upload_id).close();
    http::Response response = xml_response(xml);
    add_encryption_headers(response.headers, upload.encryption);
    if (upload.checksum_algorithm != ChecksumAlgorithm::None) {
        response.headers.add("x-amz-checksum-algorithm",
                             checksum_element(upload.checksum_algorithm).substr(8));
        response.headers.add("x-amz-checksum-type",
                             std::string(checksum_type_name(upload.checksum_type)));
    }
    co_return response;
}

}  // namespace antipode::s3
