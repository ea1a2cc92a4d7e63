#pragma once

#include <cstdint>

#include "runtime/executor.h"

namespace antipode::runtime {

/// What this process takes from its machine.
struct ProcessUsage {
    std::uint64_t resident_bytes = 0;
    Duration cpu{};  ///< User and system time of all threads.
    std::uint64_t open_files = 0;
};

/// Zeros where the system does not say. Some tens of microseconds.
ProcessUsage process_usage();

}  // namespace antipode::runtime
