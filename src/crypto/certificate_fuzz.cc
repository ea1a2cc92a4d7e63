#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "crypto/certificate.h"

/// Any bytes as the files of a certificate and of a key: refused with a sentence, never asked for a
/// password.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace antipode;  // NOLINT(google-build-using-namespace)
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto until = crypto::valid_until(text);
    CHECK(until || !until.error().message.empty());
    const auto issued = crypto::issue({.certificate = text, .key = text}, "name", {.until = 1});
    CHECK(issued || !issued.error().message.empty());
    return 0;
}
