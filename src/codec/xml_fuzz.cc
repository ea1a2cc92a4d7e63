#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/xml_reader.h"
#include "codec/xml_writer.h"

namespace {

void write(antipode::codec::XmlWriter& xml, const antipode::codec::XmlElement& element) {
    xml.open("e").text(element.text);
    for (const antipode::codec::XmlElement& child : element.children) {
        write(xml, child);
    }
    xml.close();
}

}  // namespace

/// Whatever is read can be written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto root = antipode::codec::parse_xml(text)) {
        antipode::codec::XmlWriter xml;
        write(xml, *root);
        CHECK(antipode::codec::parse_xml(xml.take()).has_value());
    }
    return 0;
}
