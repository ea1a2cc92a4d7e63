#include "oss/bucket_xml.h"

#include "model/text_names.h"

namespace antipode::oss {

void append_owner(codec::XmlWriter& xml, const AccountId& owner) {
    xml.open("Owner").element("ID", owner.str()).element("DisplayName", owner.str()).close();
}

http::Response acl_response(const AccountId& owner, Acl acl) {
    codec::XmlWriter xml;
    xml.open("AccessControlPolicy");
    append_owner(xml, owner);
    xml.open("AccessControlList").element("Grant", acl_name(acl)).close();
    xml.close();
    return xml_response(xml.take());
}

Result<StorageClass> read_storage_class(Exchange& x, const std::string& text) {
    const std::optional<StorageClass> storage_class = parse_oss_storage_class(text);
    if (!storage_class) {
        return refuse_argument(
            x, "StorageClass", text, "The storage class you specified is not valid.");
    }
    if (*storage_class != StorageClass::Standard &&
        *storage_class != StorageClass::InfrequentAccess) {
        return refuse_not_built("storage class " + text);
    }
    return *storage_class;
}

std::string location_of(const Exchange& x) {
    return "oss-" + x.services.buckets.region();
}

Result<NamedValues> parse_tagging(const std::string& body) {
    TRY(const codec::XmlElement root, codec::parse_xml(body));
    const codec::XmlElement* set = root.child("TagSet");
    if (root.name != "Tagging" || set == nullptr) {
        return fail(ErrorCode::MalformedXml);
    }
    NamedValues tags;
    for (const codec::XmlElement& tag : set->children) {
        if (tag.name != "Tag" || tag.child("Key") == nullptr) {
            return fail(ErrorCode::MalformedXml);
        }
        tags.emplace_back(tag.child_text("Key"), tag.child_text("Value"));
    }
    return tags;
}

http::Response tagging_response(const NamedValues& tags) {
    codec::XmlWriter xml;
    xml.open("Tagging").open("TagSet");
    for (const auto& [key, value] : tags) {
        xml.open("Tag").element("Key", key).element("Value", value).close();
    }
    xml.close().close();
    return xml_response(xml.take());
}

}  // namespace antipode::oss
