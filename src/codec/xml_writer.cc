#include "codec/xml_writer.h"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "codec/utf8.h"

namespace antipode::codec {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '&':
            out += "&amp;";
            return;
        case '<':
            out += "&lt;";
            return;
        case '>':
            out += "&gt;";
            return;
        case '"':
            out += "&quot;";
            return;
        case '\'':
            out += "&apos;";
            return;
        default:
            break;
    }
    // A bare carriage return would be read back as a line feed (XML 1.0 section 2.11).
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') {
        out += fmt::format("&#x{:X};", static_cast<unsigned>(c));
    } else {
        out.push_back(c);
    }
}

}  // namespace

void append_xml_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = utf8_character_size(text);
        if (size == 0) {
            out += kReplacement;
            text.remove_prefix(1);
            continue;
        }
        const std::string_view character = text.substr(0, size);
        text.remove_prefix(size);
        if (size == 1) {
            append_ascii(out, character.front());
        } else if (character == "\xEF\xBF\xBE") {
            out += "&#xFFFE;";
        } else if (character == "\xEF\xBF\xBF") {
            out += "&#xFFFF;";
        } else {
            out += character;
        }
    }
}

XmlWriter::XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

XmlWriter& XmlWriter::open(std::string_view name) {
    return open_with(name, {});
}

XmlWriter& XmlWriter::open(std::string_view name, std::string_view name_space) {
    return open_with(name, fmt::format("xmlns=\"{}\"", name_space));
}

XmlWriter& XmlWriter::open_with(std::string_view name, std::string_view attributes) {
    out_ += '<';
    out_ += name;
    if (!attributes.empty()) {
        out_ += ' ';
        out_ += attributes;
    }
    out_ += '>';
    open_.emplace_back(name);
    return *this;
}

XmlWriter& XmlWriter::close() {
    CHECK(!open_.empty());
    out_ += "</";
    out_ += open_.back();
    out_ += '>';
    open_.pop_back();
    return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view value) {
    out_ += '<';
    out_ += name;
    out_ += '>';
    append_xml_escaped(out_, value);
    out_ += "</";
    out_ += name;
    out_ += '>';
    return *this;
}

XmlWriter& XmlWriter::text(std::string_view value) {
    append_xml_escaped(out_, value);
    return *this;
}

std::string XmlWriter::take() {
    CHECK(open_.empty());
    return std::move(out_);
}

}  // namespace antipode::codec
