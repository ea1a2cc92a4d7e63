#include "oss/listing.h"

#include "protocol/limits.h"

namespace antipode::oss {

std::string Listing::shown(std::string_view text) const {
    return encode ? codec::percent_encode(text) : std::string(text);
}

void Listing::append_head(codec::XmlWriter& xml, std::string_view size_name) const {
    xml.element("Prefix", shown(prefix));
    xml.element(size_name, max);
    xml.element("Delimiter", shown(delimiter));
    if (encode) {
        xml.element("EncodingType", "url");
    }
}

void Listing::append_prefixes(codec::XmlWriter& xml,
                              const std::vector<std::string>& prefixes) const {
    for (const std::string& common : prefixes) {
        xml.open("CommonPrefixes").element("Prefix", shown(common)).close();
    }
}

Result<Listing> read_listing(Exchange& x, PageSize page_size) {
    Listing listing;
    TRY(listing.encode, wants_url_encoding(x));
    const NumberLimits limits{.min = 0, .max = protocol::kListKeysMax, .absent = page_size.absent};
    TRY(listing.max, number_parameter(x, page_size.name, limits));
    constexpr std::size_t kTextBytesMax = 1023;
    for (const std::string_view name : {"prefix",
                                        "delimiter",
                                        "marker",
                                        "start-after",
                                        "key-marker",
                                        "upload-id-marker",
                                        "version-id-marker"}) {
        if (const std::string_view text = x.query().get(name); text.size() > kTextBytesMax) {
            return refuse_argument(
                x, std::string(name), std::string(text), "It must have at most 1023 bytes.");
        }
    }
    listing.prefix = x.query().get("prefix");
    listing.delimiter = x.query().get("delimiter");
    return listing;
}

}  // namespace antipode::oss
