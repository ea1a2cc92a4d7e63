#include "runtime/clock.h"

namespace antipode::runtime {

Instant steady_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace antipode::runtime
