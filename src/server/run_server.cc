#include "server/run_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "runtime/io_threads.h"
#include "runtime/task_group.h"
#include "server/config.h"
#include "server/house.h"
#include "server/main_loop.h"
#include "telemetry/log.h"

namespace antipode::server {

namespace {

/// On top of the time that requests in flight may take: what the rooms need to end by themselves.
constexpr std::chrono::seconds kStopGrace{10};

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value =
        std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread is started.
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

[[noreturn]] void leave_at_once(const char* why) {
    // Whatever was acknowledged is durable in the zones; a quick end is as safe as a power cut.
    fmt::print(stderr, "antipode server: {}\n", why);
    std::_Exit(1);
}

Task<void> start_house(House& house, Result<void>& into) {
    into = co_await house.start();
}

void announce(const Config& config, const House& house) {
    for (const std::string& address : house.addresses()) {
        fmt::print("{} serves {}://{}\n",
                   config.region,
                   config.tls_key_file.empty() ? "http" : "https",
                   address);
    }
    for (const std::string& address : house.link_addresses()) {
        fmt::print("{} answers peers at https://{}\n", config.region, address);
    }
    if (!config.peers.empty() && config.link_directory.empty() && config.link_secret.empty()) {
        fmt::print(
            "peers on this machine only are answered: others need --link-directory or "
            "--link-secret-file\n");
    }
    if (const auto made = house.new_root_key()) {
        fmt::print(
            "made a root credential, shown only this "
            "once:\nANTIPODE_ACCESS_KEY={}\nANTIPODE_SECRET_KEY={}\n",
            made->access_key,
            made->secret);
    }
    std::fflush(stdout);
}

/// Stops in order; a second signal, or taking longer than can be explained, ends the process at
/// once.
void stop_house(House& house,
                runtime::IoThreads& threads,
                MainLoop& loop,
                runtime::Duration patience) {
    runtime::Executor& executor = threads.executor(0);
    runtime::start(executor, house.stop(), [&loop] { loop.finish(); });
    executor.post([&executor, patience] {
        executor.post_after(patience + kStopGrace,
                            [] { leave_at_once("did not stop in time, leaves at once"); });
    });
    if (loop.wait() == MainLoop::Wake::StopAsked) {
        leave_at_once("asked to stop twice, leaves at once");
    }
}

[[noreturn]] void serve(Config config) {
    MainLoop loop;
    telemetry::configure_log(
        {.level = config.log_level, .json = config.log_json, .stream = nullptr});
    const runtime::Duration patience = config.stop_timeout;
    const Config shown = config;
    runtime::IoThreads threads(config.threads != 0 ? config.threads : runtime::processor_count());
    House house(std::move(config), threads);

    Result<void> started;
    runtime::start(threads.executor(0), start_house(house, started), [&loop] { loop.finish(); });
    if (loop.wait() == MainLoop::Wake::StopAsked) {
        leave_at_once("asked to stop while starting");
    }
    if (started) {
        announce(shown, house);
        while (loop.wait() != MainLoop::Wake::StopAsked) {
        }
    } else {
        fmt::print(stderr, "antipode server: {}\n", started.error().message);
    }
    stop_house(house, threads, loop, patience);
    threads.stop();
    // Threads that hang in a disk may still use what the destructors would take away; nothing is
    // left to be done.
    std::fflush(nullptr);
    std::_Exit(started ? 0 : 1);
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
    serve(std::move(given->config));
}

}  // namespace antipode::server
