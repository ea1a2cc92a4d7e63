#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/xml_reader.h"
#include "oss/bucket_xml.h"
#include "oss/complete_request.h"
#include "oss/delete_request.h"
#include "oss/lifecycle_xml.h"
#include "oss/replication_xml.h"

/// Any bytes as a request body: the first one chooses which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;
    if (size == 0) {
        return 0;
    }
    const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
    oss::ErrorDetail detail;
    switch (data[0] % 7) {
        case 0:
            static_cast<void>(oss::parse_complete_upload(body));
            break;
        case 1:
            static_cast<void>(oss::parse_delete_objects(body));
            break;
        case 2:
            if (const auto rule = oss::parse_add_replication(body, detail); rule) {
                static_cast<void>(oss::replication_document({*rule}, {}));
            }
            break;
        case 3:
            static_cast<void>(oss::parse_delete_replication(body));
            break;
        case 4:
            static_cast<void>(oss::parse_put_rtc(body, detail));
            break;
        case 6:
            if (const auto rules = oss::parse_lifecycle(body); rules) {
                CHECK(codec::parse_xml(oss::lifecycle_document(*rules)).has_value());
            }
            break;
        default:
            static_cast<void>(oss::parse_tagging(std::string(body)));
            break;
    }
    return 0;
}
