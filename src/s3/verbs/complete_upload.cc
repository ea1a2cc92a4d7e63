#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "codec/uri.h"
#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "protocol/conditional_headers.h"
#include "protocol/limits.h"
#include "s3/detail/attributes.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/payload.h"
#include "s3/detail/render.h"
#include "s3/detail/upload_name.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

/// S3's minimum for all parts but the last.
constexpr std::uint64_t kPartBytesMin = 5 * kMiB;

S3Result<object::CompletePart> parse_part(const codec::XmlElement& element) {
    const std::string_view text = element.child_text("PartNumber");
    object::CompletePart part;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part.number);
    const bool is_number =
        !text.empty() && error == std::errc() && end == text.data() + text.size();
    part.etag = protocol::strip_etag(element.child_text("ETag"));
    if (element.name != "Part" || !is_number || part.etag.empty()) {
        return refuse(words::kMalformedXml);
    }
    if (part.number < 1 || part.number > protocol::kPartNumberMax) {
        return refuse(words::kInvalidArgument, "PartNumber must be >= 1 and <= 10000");
    }
    part.checksum = checksum_of_element(element);
    return part;
}

S3Result<std::vector<object::CompletePart>> parse_parts(std::string_view text) {
    TRY(const codec::XmlElement root, codec::parse_xml(text));
    if (root.name != "CompleteMultipartUpload" || root.children.empty() ||
        root.children.size() > protocol::kPartNumberMax) {
        return refuse(words::kMalformedXml);
    }
    std::vector<object::CompletePart> parts;
    parts.reserve(root.children.size());
    for (const codec::XmlElement& element : root.children) {
        TRY(object::CompletePart part, parse_part(element));
        parts.push_back(std::move(part));
    }
    return parts;
}

/// x-amz-checksum-* of the whole object. Here the header is not about this request's body, which is
/// XML.
S3Result<std::optional<Checksum>> read_whole_checksum(const Call& call) {
    TRY(const ChecksumClaim claim, read_checksum_claim(call.request.headers));
    if (claim.value.empty()) {
        return std::nullopt;
    }
    Checksum checksum{
        .algorithm = claim.algorithm, .type = ChecksumType::Composite, .value = claim.value};
    const bool has_count = claim.value.find('-') != std::string::npos;
    checksum.type = has_count ? ChecksumType::Composite : ChecksumType::FullObject;
    if (const std::string_view type = call.header("x-amz-checksum-type"); !type.empty()) {
        TRY(checksum.type, parse_checksum_type(type));
    }
    return checksum;
}

/// x-amz-mp-object-size is checked before anything is committed.
Task<S3Result<void>> check_total_size(Call& call, const object::CompleteUploadRequest& request) {
    const std::string_view text = call.header("x-amz-mp-object-size");
    if (text.empty()) {
        co_return S3Result<void>{};
    }
    std::vector<std::uint64_t> sizes(protocol::kPartNumberMax + 1);
    object::ListPartsRequest page{.upload = request.upload};
    while (true) {
        object::ListPartsRequest copy = page;
        CO_TRY(const object::PartList list,
               co_await call.objects.list_parts(call.caller, std::move(copy)));
        for (const UploadPart& part : list.parts) {
            sizes[std::min<std::size_t>(part.number, protocol::kPartNumberMax)] = part.size_bytes;
        }
        if (!list.is_truncated) {
            break;
        }
        page.after = list.next_after;
    }
    std::uint64_t total = 0;
    for (const object::CompletePart& part : request.parts) {
        total += sizes[part.number];
    }
    if (text != std::to_string(total)) {
        co_return refuse(
            words::kInvalidRequest,
            fmt::format(
                "The provided 'x-amz-mp-object-size' header value {} does not match what was "
                "computed: {}",
                text,
                total));
    }
    co_return S3Result<void>{};
}

std::string location_of(const Call& call) {
    const std::string_view scheme = call.request.is_tls ? "https" : "http";
    const std::string path = codec::percent_encode_path(call.parsed.target.path);
    return fmt::format("{}://{}{}", scheme, call.header("host"), path);
}

}  // namespace

Task<Answer> complete_upload(Call& call) {
    object::CompleteUploadRequest request;
    CO_TRY(request.checksum, read_whole_checksum(call));
    CO_TRY(const std::string body, co_await read_payload_text(call, ChecksumMeans::Object));
    request.upload = upload_name_of(call);
    CO_TRY(request.parts, parse_parts(body));
    request.conditions = protocol::parse_conditions(call.request.headers);
    request.part_bytes_min = kPartBytesMin;
    CO_TRY_VOID(co_await check_total_size(call, request));
    CO_TRY(const object::Written written,
           co_await call.objects.complete_upload(call.caller, std::move(request)));
    codec::XmlWriter xml;
    xml.open("CompleteMultipartUploadResult", kNamespace).element("Location", location_of(call));
    xml.element("Bucket", call.parsed.bucket).element("Key", call.key());
    xml.element("ETag", show_etag(written.version.etag));
    write_checksum(xml, written.version.checksum);
    if (written.version.checksum.algorithm != ChecksumAlgorithm::None) {
        xml.element("ChecksumType", checksum_type_name(written.version.checksum.type));
    }
    xml.close();
    http::Response response = xml_response(xml);
    add_encryption_headers(response.headers, written.version.encryption);
    add_expiration_header(response.headers, call, written.version);
    if (written.show_version_id) {
        response.headers.add("x-amz-version-id", written.version.version_id());
    }
    co_return response;
}

}  // namespace antipode::s3
