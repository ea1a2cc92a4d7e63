#include "oss/complete_request.h"

#include "codec/xml_reader.h"
#include "oss/canonical_input.h"
#include "oss/exchange.h"
#include "protocol/conditional_headers.h"
#include "protocol/limits.h"

namespace antipode::oss {

Result<std::vector<object::CompletePart>> parse_complete_upload(std::string_view body) {
    TRY(const codec::XmlElement root, codec::parse_xml(body));
    if (root.name != "CompleteMultipartUpload") {
        return fail(ErrorCode::MalformedXml);
    }
    std::vector<object::CompletePart> parts;
    for (const codec::XmlElement& element : root.children) {
        const std::optional<std::uint64_t> number =
            parse_number(trimmed(element.child_text("PartNumber")));
        const std::string_view etag = protocol::strip_etag(trimmed(element.child_text("ETag")));
        const bool is_number = number && *number >= 1 && *number <= protocol::kPartNumberMax;
        if (element.name != "Part" || !is_number || etag.empty()) {
            return fail(ErrorCode::MalformedXml);
        }
        parts.push_back({.number = static_cast<std::uint32_t>(*number),
                         .etag = std::string(etag),
                         .checksum = {}});
    }
    if (parts.empty() || parts.size() > protocol::kPartNumberMax) {
        return fail(ErrorCode::MalformedXml);
    }
    return parts;
}

}  // namespace antipode::oss
