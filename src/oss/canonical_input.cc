#include "oss/canonical_input.h"

namespace antipode::oss {

std::string resource_path(const CanonicalInput& input) {
    std::string path = "/";
    if (!input.bucket.empty()) {
        path.append(input.bucket).append("/").append(input.key);
    }
    return path;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace antipode::oss
