#include "cli/run_admin.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <semaphore>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/parse.h"
#include "cli/session.h"
#include "runtime/wall_clock.h"

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

void show(const Parsed& parsed, const boost::json::value& answer) {
    fmt::print("{}",
               parsed.json ? boost::json::serialize(answer) + "\n" : parsed.command.print(answer));
}

Result<void> take_file(Command& command, runtime::FileSystem& files) {
    if (command.file.empty()) {
        return {};
    }
    auto content = files.read_file(command.file);
    if (!content) {
        return fail(content.error().code,
                    fmt::format("{} cannot be read: {}", command.file, content.error().message));
    }
    return command.take_file(command, std::move(*content));
}

/// Looks again and again. A server that does not answer for a while does not end it.
int watch(const Session& session, const Parsed& parsed) {
    constexpr const char* kHomeAndClear = "\x1b[H\x1b[2J";
    const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    const std::uint64_t looks_max = parsed.command.looks_max;
    std::binary_semaphore never(0);
    for (std::uint64_t look = 1;; ++look) {
        const auto answer = call(session, parsed.command);
        if (is_terminal && !parsed.json) {
            fmt::print("{}", kHomeAndClear);
        }
        if (answer) {
            show(parsed, *answer);
        } else {
            complain(answer.error(), 1);
        }
        std::fflush(stdout);
        if (look == looks_max) {
            return answer ? 0 : 1;
        }
        static_cast<void>(never.try_acquire_for(*parsed.command.watch));
    }
}

/// Asks until it is over. A server that does not answer for a while does not end it.
int await_outcome(const Session& session, const Parsed& parsed) {
    Parsed outcome = parsed;
    outcome.command = *parsed.command.outcome;
    std::binary_semaphore never(0);
    while (true) {
        const auto answer = call(session, outcome.command);
        if (answer && outcome.command.is_over(*answer)) {
            show(outcome, *answer);
            return outcome.command.exit_code(*answer);
        }
        if (!answer && answer.error().code == ErrorCode::NotFound) {
            return complain(answer.error(), 1);
        }
        static_cast<void>(never.try_acquire_for(*outcome.command.watch));
    }
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
    if (parsed->command.run_here) {
        const auto made =
            parsed->command.run_here(*files, runtime::wall_now().time_since_epoch().count());
        if (!made) {
            return complain(made.error(), 1);
        }
        fmt::print(
            "{}",
            parsed->json ? boost::json::serialize(*made) + "\n" : parsed->command.print(*made));
        return 0;
    }
    if (const auto taken = take_file(parsed->command, *files); !taken) {
        return complain(taken.error(), 2);
    }
    const auto session = open_session(parsed->session, environment_variable, *files);
    if (!session) {
        return complain(session.error(), 2);
    }
    if (parsed->command.watch) {
        return watch(*session, *parsed);
    }
    const auto answer = call(*session, parsed->command);
    if (!answer) {
        return complain(answer.error(), 1);
    }
    if (!parsed->command.outcome || !parsed->json) {
        show(*parsed, *answer);
    }
    if (parsed->command.outcome) {
        return await_outcome(*session, *parsed);
    }
    return parsed->command.exit_code ? parsed->command.exit_code(*answer) : 0;
}

}  // namespace antipode::cli
