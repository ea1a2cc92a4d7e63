#include "runtime/wall_clock.h"

namespace antipode::runtime {

WallTime wall_now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

}  // namespace antipode::runtime
