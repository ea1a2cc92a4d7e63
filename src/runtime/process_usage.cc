#include "runtime/process_usage.h"

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace antipode::runtime {

namespace {

Duration to_duration(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::uint64_t count_open_files() {
    std::error_code error;
    std::uint64_t count = 0;
    for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
         !error && entry != std::filesystem::directory_iterator();
         entry.increment(error)) {
        ++count;
    }
    return count;
}

}  // namespace

ProcessUsage process_usage() {
    ProcessUsage usage;
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    if (std::ifstream("/proc/self/statm") >> total_pages >> resident_pages) {
        usage.resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
    rusage times{};
    if (getrusage(RUSAGE_SELF, &times) == 0) {
        usage.cpu = to_duration(times.ru_utime) + to_duration(times.ru_stime);
    }
    usage.open_files = count_open_files();
    return usage;
}

}  // namespace antipode::runtime
