#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/io_threads.h"
#include "runtime/task.h"
#include "telemetry/log.h"

namespace antipode::server {

/// What a program does between its arguments and its end.
class Service {
  public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    /// On error stop() is still called.
    virtual Task<Result<void>> start() = 0;
    /// Says on standard output where it listens. After start().
    virtual void announce() = 0;
    virtual Task<void> stop() = 0;
};

struct ServeOptions {
    std::string program;      ///< "antipode server", for what is said on standard error.
    std::size_t threads = 0;  ///< 0 = one for each processor.
    runtime::Duration stop_timeout{};
    telemetry::LogLevel log_level = telemetry::LogLevel::Info;
    bool log_json = false;
};

using MakeService = std::function<std::unique_ptr<Service>(runtime::IoThreads&)>;

/// Runs a service until SIGTERM or SIGINT and ends the process. Before any thread is made.
[[noreturn]] void serve(const ServeOptions& options, const MakeService& make);

}  // namespace antipode::server
