#include "server/run_server.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "server/config.h"

namespace antipode::server {

namespace {

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value =
        std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread is started.
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

int run_server(const std::vector<std::string>& arguments) {
    const auto files = runtime::make_posix_file_system();
    auto given = read_arguments(arguments, environment_variable, *files);
    if (!given) {
        fmt::print(stderr, "antipode server: {}\n", given.error().message);
        return 2;
    }
    if (!given->help.empty()) {
        fmt::print("{}", given->help);
        return 0;
    }
    return 0;
}

}  // namespace antipode::server
