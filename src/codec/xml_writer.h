#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace antipode::codec {

/// Builds one XML document. Escapes text; characters that XML 1.0 cannot carry become references
/// (&#x1;) as S3 writes them, bytes that are not UTF-8 become U+FFFD. Opening and closing must
/// match (CHECKed).
class XmlWriter {
  public:
    /// Starts with the XML declaration.
    XmlWriter();

    XmlWriter& open(std::string_view name);
    /// With xmlns="...".
    XmlWriter& open(std::string_view name, std::string_view name_space);
    XmlWriter& close();

    /// <name>value</name>, and <name></name> for an empty value.
    XmlWriter& element(std::string_view name, std::string_view value);

    /// Character data of the element that is open.
    XmlWriter& text(std::string_view value);

    XmlWriter& element(std::string_view name, const char* value) {
        return element(name, std::string_view(value));
    }

    XmlWriter& element(std::string_view name, bool value) {
        return element(name, std::string_view(value ? "true" : "false"));
    }

    template <std::integral T>
        requires(!std::same_as<T, bool>)
    XmlWriter& element(std::string_view name, T value) {
        return element(name, std::string_view(std::to_string(value)));
    }

    /// The raw start tag's further attributes: open_with("Grantee", R"(xmlns:xsi="..."
    /// xsi:type="...")").
    XmlWriter& open_with(std::string_view name, std::string_view attributes);

    /// The document; every element must be closed.
    [[nodiscard]] std::string take();

  private:
    std::string out_;
    std::vector<std::string> open_;
};

/// `text` as character data: & < > " ' and carriage return escaped, the rest as XmlWriter says.
void append_xml_escaped(std::string& out, std::string_view text);

}  // namespace antipode::codec
