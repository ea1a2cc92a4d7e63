#include "oss/delete_request.h"

#include "codec/xml_reader.h"
#include "model/bucket.h"
#include "protocol/limits.h"

namespace antipode::oss {

Result<DeleteObjectsRequest> parse_delete_objects(std::string_view body) {
    TRY(const codec::XmlElement root, codec::parse_xml(body));
    if (root.name != "Delete") {
        return fail(ErrorCode::MalformedXml);
    }
    DeleteObjectsRequest request;
    const std::string_view quiet = root.child_text("Quiet");
    if (quiet != "" && quiet != "true" && quiet != "false") {
        return fail(ErrorCode::MalformedXml);
    }
    request.is_quiet = quiet == "true";
    for (const codec::XmlElement& element : root.children) {
        if (element.name != "Object") {
            continue;
        }
        DeleteTarget target{.key = std::string(element.child_text("Key")), .version_id = {}};
        TRY_VOID(check_object_key(target.key, false));
        if (const std::string_view id = element.child_text("VersionId"); !id.empty()) {
            target.version_id = std::string(id);
        }
        request.targets.push_back(std::move(target));
    }
    if (request.targets.empty() || request.targets.size() > protocol::kDeleteKeysMax) {
        return fail(ErrorCode::MalformedXml);
    }
    return request;
}

}  // namespace antipode::oss
