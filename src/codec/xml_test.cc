#include <string>

#include <gtest/gtest.h>

#include "codec/xml_reader.h"
#include "codec/xml_writer.h"

namespace antipode::codec {
namespace {

TEST(XmlWriter, escapes_and_nests) {
    XmlWriter xml;
    xml.open("R", "http://ns/")
        .open("A")
        .element("K", "a<b>&\"'\r\x01")
        .element("N", 42)
        .element("B", true);
    xml.close().element("E", "").close();

    EXPECT_EQ(xml.take(),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R "
              "xmlns=\"http://ns/\"><A><K>a&lt;b&gt;&amp;&quot;&apos;"
              "&#xD;&#x1;</K><N>42</N><B>true</B></A><E></E></R>");
}

TEST(XmlWriter, replaces_bytes_that_are_not_utf8) {
    std::string out;
    append_xml_escaped(out, "a\xFFz\xEF\xBF\xBF\xC3\xA4");
    EXPECT_EQ(out, "a\xEF\xBF\xBDz&#xFFFF;\xC3\xA4");
}

TEST(XmlReader, reads_a_tree_without_prefixes) {
    const auto root = parse_xml(
        "<?xml version='1.0'?><!-- c --><s:Delete "
        "xmlns:s='x'><s:Object><Key>a&amp;b&#x41;<![CDATA[<c>]]></Key></s:Object>"
        "<Object><Key> </Key></Object><Quiet>true</Quiet></s:Delete>");

    ASSERT_TRUE(root);
    EXPECT_EQ(root->name, "Delete");
    ASSERT_EQ(root->children.size(), 3U);
    EXPECT_EQ(root->children[0].child_text("Key"), "a&bA<c>");
    EXPECT_EQ(root->children[1].child_text("Key"), " ");
    EXPECT_EQ(root->child_text("Quiet"), "true");
    EXPECT_EQ(root->child("Absent"), nullptr);
}

TEST(XmlReader, refuses_what_is_malformed_or_dangerous) {
    for (const std::string_view bad :
         {"", "text", "<a>", "<a></b>", "<a/><b/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"}) {
        const auto root = parse_xml(bad);
        ASSERT_FALSE(root) << bad;
        EXPECT_EQ(root.error().code, ErrorCode::MalformedXml);
    }
}

TEST(XmlReader, keeps_its_limits) {
    std::string deep;
    for (int i = 0; i < 20; ++i) {
        deep += "<a>";
    }
    for (int i = 0; i < 20; ++i) {
        deep += "</a>";
    }
    EXPECT_FALSE(parse_xml(deep));
    XmlLimits few;
    few.elements_max = 2;
    EXPECT_FALSE(parse_xml("<a><b/><c/></a>", few));
    few.bytes_max = 3;
    EXPECT_FALSE(parse_xml("<a/>", few));
}

}  // namespace
}  // namespace antipode::codec
