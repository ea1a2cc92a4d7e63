#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace antipode::codec {

/// One element with its children in document order. Names are local names: a namespace prefix is
/// cut off, attributes are not kept (no request body of S3 or OSS needs them but xsi:type of a
/// grantee, which we do not read).
struct XmlElement {
    std::string name;
    std::string text;  ///< All character data directly inside, joined.
    std::vector<XmlElement> children;

    /// The first child of that name, or null.
    [[nodiscard]] const XmlElement* child(std::string_view child_name) const;
    /// The text of the first child of that name, or "".
    [[nodiscard]] std::string_view child_text(std::string_view child_name) const;
};

struct XmlLimits {
    std::size_t bytes_max = std::size_t{2} * 1024 * 1024;
    std::size_t depth_max = 16;
    std::size_t elements_max = 100'000;
};

/// The root element. MalformedXml when the text is not well-formed, has a DTD (so no entity is ever
/// expanded) or goes beyond a limit.
Result<XmlElement> parse_xml(std::string_view text, XmlLimits limits = {});

}  // namespace antipode::codec
