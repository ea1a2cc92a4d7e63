#include "server/serve.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "runtime/task_group.h"
#include "server/main_loop.h"

namespace antipode::server {

namespace {

/// On top of the time that requests in flight may take: what the rooms need to end by themselves.
constexpr std::chrono::seconds kStopGrace{10};

[[noreturn]] void leave_at_once(const std::string& program, const char* why) {
    // Whatever was acknowledged is durable in the zones; a quick end is as safe as a power cut.
    fmt::print(stderr, "{}: {}\n", program, why);
    std::_Exit(1);
}

Task<void> start_service(Service& service, Result<void>& into) {
    into = co_await service.start();
}

/// Stops in order; a second signal, or taking longer than can be explained, ends the process at
/// once.
void stop_service(Service& service,
                  runtime::IoThreads& threads,
                  MainLoop& loop,
                  const ServeOptions& options) {
    runtime::Executor& executor = threads.executor(0);
    runtime::start(executor, service.stop(), [&loop] { loop.finish(); });
    executor.post([&executor, &options] {
        executor.post_after(options.stop_timeout + kStopGrace, [&options] {
            leave_at_once(options.program, "did not stop in time, leaves at once");
        });
    });
    if (loop.wait() == MainLoop::Wake::StopAsked) {
        leave_at_once(options.program, "asked to stop twice, leaves at once");
    }
}

}  // namespace

void serve(const ServeOptions& options, const MakeService& make) {
    MainLoop loop;
    telemetry::configure_log(
        {.level = options.log_level, .json = options.log_json, .stream = nullptr});
    runtime::IoThreads threads(options.threads != 0 ? options.threads : runtime::processor_count());
    const std::unique_ptr<Service> service = make(threads);

    Result<void> started;
    runtime::start(
        threads.executor(0), start_service(*service, started), [&loop] { loop.finish(); });
    if (loop.wait() == MainLoop::Wake::StopAsked) {
        leave_at_once(options.program, "asked to stop while starting");
    }
    if (started) {
        service->announce();
        std::fflush(stdout);
        while (loop.wait() != MainLoop::Wake::StopAsked) {
        }
    } else {
        fmt::print(stderr, "{}: {}\n", options.program, started.error().message);
    }
    stop_service(*service, threads, loop, options);
    threads.stop();
    // Threads that hang in a disk may still use what the destructors would take away; nothing is
    // left to be done.
    std::fflush(nullptr);
    std::_Exit(started ? 0 : 1);
}

}  // namespace antipode::server
