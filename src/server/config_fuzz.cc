#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/config_file.h"
#include "server/regions_file.h"

/// Any bytes as a configuration file and as a file of regions: an error is a sentence that names
/// the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;  // NOLINT(google-build-using-namespace)
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto settings = server::parse_config_file(text, "a.toml");
    CHECK(settings || settings.error().message.find("a.toml") != std::string::npos);
    const auto regions = server::parse_regions_file(text, "b.toml");
    CHECK(regions || regions.error().message.find("b.toml") != std::string::npos);
    return 0;
}
