#include "codec/xml_reader.h"

#include <algorithm>
#include <exception>
#include <pugixml.hpp>

namespace antipode::codec {

namespace {

std::string local_name(std::string_view name) {
    const std::size_t colon = name.find(':');
    return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

/// Copies pugixml's tree into ours within the limits. The depth limit bounds the recursion.
Result<XmlElement> convert(pugi::xml_node node,
                           const XmlLimits& limits,
                           std::size_t depth,
                           std::size_t& count) {
    if (depth > limits.depth_max || ++count > limits.elements_max) {
        return fail(ErrorCode::MalformedXml, "The XML has too many or too deeply nested elements.");
    }
    XmlElement element;
    element.name = local_name(node.name());
    for (const pugi::xml_node part : node.children()) {
        if (part.type() == pugi::node_element) {
            TRY(XmlElement child, convert(part, limits, depth + 1, count));
            element.children.push_back(std::move(child));
        } else if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) {
            element.text += part.value();
        }
    }
    return element;
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
    const auto found = std::ranges::find(children, child_name, &XmlElement::name);
    return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::child_text(std::string_view child_name) const {
    const XmlElement* found = child(child_name);
    return found == nullptr ? std::string_view() : std::string_view(found->text);
}

Result<XmlElement> parse_xml(std::string_view text, XmlLimits limits) {
    if (text.size() > limits.bytes_max) {
        return fail(ErrorCode::MalformedXml, "The XML is too large.");
    }
    try {
        pugi::xml_document document;
        // parse_ws_pcdata_single keeps a text that is only white space (an object may be named "
        // "); parse_doctype makes a DTD visible, so that it can be refused.
        constexpr unsigned kOptions =
            pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
        const pugi::xml_parse_result parsed =
            document.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
        if (!parsed) {
            return fail(ErrorCode::MalformedXml, "The XML is not well-formed.");
        }
        std::size_t roots = 0;
        for (const pugi::xml_node part : document.children()) {
            if (part.type() == pugi::node_doctype) {
                return fail(ErrorCode::MalformedXml, "The XML must not have a DTD.");
            }
            roots += part.type() == pugi::node_element ? 1 : 0;
        }
        if (roots != 1) {
            return fail(ErrorCode::MalformedXml, "The XML must have one root element.");
        }
        std::size_t count = 0;
        return convert(document.document_element(), limits, 1, count);
    } catch (const std::exception& error) {
        return fail(ErrorCode::MalformedXml, error.what());
    }
}

}  // namespace antipode::codec
