#include "runtime/unique_id.h"

#include <array>
#include <sys/random.h>

#include <fmt/format.h>

#include "base/check.h"
#include "runtime/sim_threads.h"

namespace antipode::runtime {

std::string make_unique_id() {
    std::array<unsigned char, 16> bytes{};
    if (const SimThreads* simulated = SimThreads::ambient()) {
        for (unsigned char& byte : bytes) {
            byte = static_cast<unsigned char>(simulated->executor().random());
        }
    } else {
        CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    }
    std::string id;
    for (const unsigned char byte : bytes) {
        id += fmt::format("{:02x}", byte);
    }
    return id;
}

}  // namespace antipode::runtime
