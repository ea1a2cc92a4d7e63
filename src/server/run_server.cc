#include "server/run_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "server/config.h"
#include "server/house.h"
#include "server/serve.h"

namespace antipode::server {

namespace {

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value =
        std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread is started.
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

class Region final : public Service {
  public:
    Region(const Config& config, runtime::IoThreads& threads)
        : config_(config), house_(config, threads) {}

    Task<Result<void>> start() override { return house_.start(); }

    Task<void> stop() override { return house_.stop(); }

    void announce() override {
        for (const std::string& address : house_.addresses()) {
            fmt::print("{} serves {}://{}\n",
                       config_.region,
                       config_.tls_key_file.empty() ? "http" : "https",
                       address);
        }
        for (const std::string& address : house_.link_addresses()) {
            fmt::print("{} answers peers at https://{}\n", config_.region, address);
        }
        if (!config_.peers.empty() && config_.link_directory.empty() &&
            config_.link_secret.empty()) {
            fmt::print(
                "peers on this machine only are answered: others need --link-directory or "
                "--link-secret-file\n");
        }
        if (const auto made = house_.new_root_key()) {
            fmt::print(
                "made a root credential, shown only this "
                "once:\nANTIPODE_ACCESS_KEY={}\nANTIPODE_SECRET_KEY={}\n",
                made->access_key,
                made->secret);
        }
    }

  private:
    const Config& config_;
    House house_;
};

}  // namespace

int run_server(const std::vector<std::string>& arguments) {
    const auto files = runtime::make_posix_file_system();
    const auto given = read_arguments(arguments, environment_variable, *files);
    if (!given) {
        fmt::print(stderr, "antipode server: {}\n", given.error().message);
        return 2;
    }
    if (!given->help.empty()) {
        fmt::print("{}", given->help);
        return 0;
    }
    const Config& config = given->config;
    const ServeOptions options{.program = "antipode server",
                               .threads = config.threads,
                               .stop_timeout = config.stop_timeout,
                               .log_level = config.log_level,
                               .log_json = config.log_json};
    serve(options, [&config](runtime::IoThreads& threads) -> std::unique_ptr<Service> {
        return std::make_unique<Region>(config, threads);
    });
}

}  // namespace antipode::server
