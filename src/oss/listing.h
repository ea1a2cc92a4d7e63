#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/xml_writer.h"
#include "oss/exchange.h"

namespace antipode::oss {

/// What all listings of a bucket have in common.
struct Listing {
    std::string prefix;
    std::string delimiter;
    std::uint64_t max = 0;  ///< 0 = the client asked for an empty page.
    bool encode = false;

    /// Services give at least one.
    [[nodiscard]] std::size_t page_size() const {
        return max == 0 ? 1 : static_cast<std::size_t>(max);
    }

    /// As the answer shows keys and prefixes: percent-encoded when the client wants that.
    [[nodiscard]] std::string shown(std::string_view text) const;
    /// Prefix, the page size under `size_name`, Delimiter, EncodingType.
    void append_head(codec::XmlWriter& xml, std::string_view size_name) const;
    void append_prefixes(codec::XmlWriter& xml, const std::vector<std::string>& prefixes) const;
};

struct PageSize {
    std::string_view name;  ///< "max-keys"
    std::uint64_t absent = 0;
};

/// InvalidArgument for anything out of bounds.
Result<Listing> read_listing(Exchange& x, PageSize page_size);

}  // namespace antipode::oss
