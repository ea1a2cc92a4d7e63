#include "cli/run_admin.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/parse.h"
#include "cli/session.h"

namespace antipode::cli {

namespace {

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value =
        std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread is started.
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

int complain(const Error& error, int code) {
    fmt::print(stderr, "antipode admin: {}\n", error.message);
    return code;
}

}  // namespace

int run_admin(const std::vector<std::string>& arguments) {
    auto parsed = parse(arguments);
    if (!parsed) {
        return complain(parsed.error(), 2);
    }
    if (!parsed->help.empty()) {
        fmt::print("{}", parsed->help);
        return 0;
    }
    const auto files = runtime::make_posix_file_system();
    const auto session = open_session(parsed->session, environment_variable, *files);
    if (!session) {
        return complain(session.error(), 2);
    }
    const auto answer = call(*session, parsed->command);
    if (!answer) {
        return complain(answer.error(), 1);
    }
    fmt::print(
        "{}",
        parsed->json ? boost::json::serialize(*answer) + "\n" : parsed->command.print(*answer));
    return parsed->command.exit_code ? parsed->command.exit_code(*answer) : 0;
}

}  // namespace antipode::cli
