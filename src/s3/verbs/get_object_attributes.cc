#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "codec/ascii.h"
#include "codec/xml_writer.h"
#include "model/text_names.h"
#include "s3/detail/checksum_headers.h"
#include "s3/detail/delete_marker.h"
#include "s3/detail/render.h"
#include "s3/detail/verbs.h"

namespace antipode::s3 {

namespace {

struct Wanted {
    bool etag = false;
    bool checksum = false;
    bool parts = false;
    bool storage_class = false;
    bool size = false;
};

/// x-amz-object-attributes: names separated by commas, possibly in several fields.
S3Result<Wanted> parse_wanted(const Call& call) {
    Wanted wanted;
    bool is_any = false;
    for (const auto& [field, value] : call.request.headers.all()) {
        std::string_view rest = codec::equal_without_case(field, "x-amz-object-attributes")
                                    ? std::string_view(value)
                                    : std::string_view();
        while (!rest.empty()) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            const std::string_view name = codec::trim(rest.substr(0, comma));
            rest.remove_prefix(std::min(rest.size(), comma + 1));
            const bool is_known = name == "ETag" || name == "Checksum" || name == "ObjectParts" ||
                                  name == "StorageClass" || name == "ObjectSize";
            if (!is_known) {
                return refuse(words::kInvalidArgument, "Invalid attribute name specified.");
            }
            is_any = true;
            wanted.etag = wanted.etag || name == "ETag";
            wanted.checksum = wanted.checksum || name == "Checksum";
            wanted.parts = wanted.parts || name == "ObjectParts";
            wanted.storage_class = wanted.storage_class || name == "StorageClass";
            wanted.size = wanted.size || name == "ObjectSize";
        }
    }
    if (!is_any) {
        return refuse(words::kInvalidArgument,
                      "The x-amz-object-attributes header specifying the attributes to be "
                      "retrieved is either missing or empty");
    }
    return wanted;
}

void write_attributes(codec::XmlWriter& xml, const ObjectVersion& version, const Wanted& wanted) {
    if (wanted.etag) {
        // Without quotes, unlike everywhere else.
        xml.element("ETag", codec::to_lower(version.etag));
    }
    if (wanted.checksum && !version.checksum.value.empty()) {
        xml.open("Checksum");
        write_checksum(xml, version.checksum);
        xml.element("ChecksumType", checksum_type_name(version.checksum.type)).close();
    }
    if (wanted.parts && !version.parts.empty()) {
        std::uint32_t count = 0;
        for (const PartRun& run : version.parts) {
            count += run.count;
        }
        xml.open("ObjectParts").element("PartsCount", count).close();
    }
    if (wanted.storage_class) {
        xml.element("StorageClass", s3_name(version.attributes.storage_class));
    }
    if (wanted.size) {
        xml.element("ObjectSize", version.size_bytes);
    }
}

}  // namespace

Task<Answer> get_object_attributes(Call& call) {
    CO_TRY(const Wanted wanted, parse_wanted(call));
    CO_TRY(const std::optional<std::string> version_id, version_id_of(call));
    object::VersionName name{.bucket = call.bucket(), .key = call.key(), .version_id = version_id};
    auto found = co_await call.objects.describe_object(call.caller, std::move(name));
    if (!found) {
        co_return refuse(read_error(std::move(found.error()), version_id));
    }
    codec::XmlWriter xml;
    xml.open("GetObjectAttributesResponse", kNamespace);
    write_attributes(xml, found->version, wanted);
    xml.close();
    http::Response response = xml_response(xml);
    response.headers.add("Last-Modified", show_http_time(found->version.last_modified_ms));
    if (found->show_version_id) {
        response.headers.add("x-amz-version-id", found->version.version_id());
    }
    co_return response;
}

}  // namespace antipode::s3
