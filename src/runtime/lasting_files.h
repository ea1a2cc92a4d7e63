#pragma once

#include <memory>
#include <vector>

#include "runtime/fault_file_system.h"
#include "runtime/file_system.h"

namespace antipode::runtime {

/// Files with faults for a test. Never freed: threads that hung in them are left behind, and may
/// still be on their way out when the test has ended.
struct LastingFiles {
    std::unique_ptr<FileSystem> disk = make_posix_file_system();
    FaultFileSystem faulty{*disk};

    static LastingFiles& make() {
        static auto* all = new std::vector<std::unique_ptr<LastingFiles>>;
        return *all->emplace_back(std::make_unique<LastingFiles>());
    }
};

}  // namespace antipode::runtime
