#include "bench/load/server_cost.h"

#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

namespace antipode::bench {

namespace {

std::string text_of(pid_t pid, std::string_view file) {
    const std::ifstream in(fmt::format("/proc/{}/{}", pid, file));
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

/// The number after `name` in a file of "name: value" lines; 0 without it.
std::uint64_t field(const std::string& text, std::string_view name) {
    const auto at = text.find(name);
    return at == std::string::npos ? 0
                                   : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::optional<ProcessCost> cost_of(pid_t pid) {
    const std::string stat = text_of(pid, "stat");
    const auto after_name = stat.rfind(')');  // The name may itself hold spaces and brackets.
    if (after_name == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream fields(stat.substr(after_name + 2));
    std::string skipped;
    for (int field_number = 3; field_number < 14; ++field_number) {
        fields >> skipped;
    }
    std::uint64_t user_ticks = 0;
    std::uint64_t system_ticks = 0;
    fields >> user_ticks >> system_ticks;
    return ProcessCost{
        .pid = pid,
        .cpu_seconds = static_cast<double>(user_ticks + system_ticks) /
                       static_cast<double>(::sysconf(_SC_CLK_TCK)),
        .written_bytes = field(text_of(pid, "io"), "\nwrite_bytes:"),
        .resident_bytes = field(text_of(pid, "status"), "VmRSS:") * 1024,
    };
}

double own_cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace antipode::bench
