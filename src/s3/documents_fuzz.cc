#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "s3/detail/acl_xml.h"
#include "s3/detail/attributes.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/lifecycle_xml.h"
#include "s3/detail/replication_xml.h"
#include "s3/detail/tagging.h"

/// Any bytes as a request body, which is read without a signature here: the first one chooses
/// which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;  // NOLINT(google-build-using-namespace)
    if (size == 0) {
        return 0;
    }
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            if (const auto rules = s3::parse_replication(body, "1000")) {
                codec::XmlWriter xml;
                xml.open("ReplicationConfiguration");
                s3::write_replication(xml, *rules);
                xml.close();
                CHECK(codec::parse_xml(xml.take()).has_value());
            }
            break;
        case 1:
            if (const auto tags = s3::parse_tagging(body, s3::kObjectTagsMax)) {
                CHECK(s3::check_tags(*tags, s3::kObjectTagsMax));
                const auto again =
                    s3::parse_tagging(s3::tagging_response(*tags).text, s3::kObjectTagsMax);
                CHECK(again && *again == *tags);
            }
            break;
        case 2:
            static_cast<void>(s3::parse_acl_xml(body));
            break;
        case 4:
            if (const auto rules = s3::parse_lifecycle(body)) {
                codec::XmlWriter xml;
                s3::write_lifecycle(xml, *rules);
                CHECK(codec::parse_xml(xml.take()).has_value());
            }
            break;
        default:
            if (const auto tags = s3::parse_tagging_header(body)) {
                CHECK(s3::check_tags(*tags, s3::kObjectTagsMax));
            }
            for (const auto algorithm : {ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Sha256}) {
                static_cast<void>(s3::decode_checksum(algorithm, body));
            }
            break;
    }
    return 0;
}
