#include "base/crc32c.h"

#include <isa-l/crc.h>

namespace antipode {

std::uint32_t crc32c(ByteView bytes, std::uint32_t seed) {
    // ISA-L takes an int length and a non-const pointer that it does not write to.
    std::uint32_t crc = ~seed;
    while (!bytes.empty()) {
        const std::size_t piece = std::min<std::size_t>(bytes.size(), 1U << 30U);
        auto* data =
            const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
        crc = ::crc32_iscsi(data, static_cast<int>(piece), crc);
        bytes = bytes.subspan(piece);
    }
    return ~crc;
}

}  // namespace antipode
