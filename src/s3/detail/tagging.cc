#include "s3/detail/tagging.h"

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"
#include "s3/detail/attributes.h"
#include "s3/detail/render.h"

namespace antipode::s3 {

S3Result<NamedValues> parse_tagging(std::string_view xml, std::size_t count_max) {
    TRY(const codec::XmlElement root, codec::parse_xml(xml));
    const codec::XmlElement* set = root.child("TagSet");
    if (root.name != "Tagging" || set == nullptr) {
        return refuse(words::kMalformedXml);
    }
    NamedValues tags;
    for (const codec::XmlElement& tag : set->children) {
        if (tag.name != "Tag" || tag.child("Key") == nullptr || tag.child("Value") == nullptr) {
            return refuse(words::kMalformedXml);
        }
        tags.emplace_back(tag.child_text("Key"), tag.child_text("Value"));
    }
    TRY_VOID(check_tags(tags, count_max));
    return tags;
}

http::Response tagging_response(const NamedValues& tags) {
    codec::XmlWriter xml;
    xml.open("Tagging", kNamespace).open("TagSet");
    for (const auto& [name, value] : tags) {
        xml.open("Tag").element("Key", name).element("Value", value).close();
    }
    xml.close().close();
    return xml_response(xml);
}

}  // namespace antipode::s3
