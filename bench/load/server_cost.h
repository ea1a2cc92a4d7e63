#pragma once

#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace antipode::bench {

/// What a process has used so far, as the kernel counts it.
struct ProcessCost {
    pid_t pid = 0;
    double cpu_seconds = 0;  ///< User and system, all threads; to 10 ms.
    std::uint64_t written_bytes =
        0;  ///< To storage, counted when pages are made dirty or written directly.
    std::uint64_t resident_bytes = 0;  ///< Now.
};

/// Null if the process is gone. written_bytes is 0 where the kernel does not let us look.
std::optional<ProcessCost> cost_of(pid_t pid);

/// CPU seconds of this process.
double own_cpu_seconds();

}  // namespace antipode::bench
