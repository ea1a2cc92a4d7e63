#include "server/run_edge.h"

#include <cstdio>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "edge/front.h"
#include "http/server.h"
#include "server/edge_config.h"
#include "server/link_files.h"
#include "server/serve.h"

namespace antipode::server {

namespace {

edge::FrontOptions front_options(const EdgeConfig& config) {
    edge::FrontOptions options;
    options.hosts = protocol::VirtualHosts({}, config.domains);
    for (const EdgeConfig::Region& region : config.regions) {
        options.regions.push_back({.region = region.name,
                                   .address = region.address,
                                   .credentials = link_files(config.link_directory),
                                   .congestion = config.congestion,
                                   .streams = config.streams,
                                   .buffer_bytes_max = config.buffer_bytes_max});
    }
    return options;
}

http::ServerOptions server_options(const EdgeConfig& config) {
    http::ServerOptions options;
    options.listen = config.listen;
    options.tls.own.certificate_file = config.tls_certificate_file;
    options.tls.own.key_file = config.tls_key_file;
    options.body_bytes_max = config.body_bytes_max;
    options.idle_timeout = config.idle_timeout;
    return options;
}

class Edge final : public Service {
  public:
    Edge(const EdgeConfig& config, runtime::IoThreads& threads)
        : config_(config),
          front_(front_options(config), threads),
          server_(server_options(config), front_, threads) {}

    Task<Result<void>> start() override {
        front_.start();
        co_return server_.start();
    }

    Task<void> stop() override {
        co_await server_.stop(config_.stop_timeout);
        co_await front_.stop();
    }

    void announce() override {
        for (const std::string& address : server_.addresses()) {
            fmt::print("edge answers clients at {}://{}\n",
                       config_.tls_key_file.empty() ? "http" : "https",
                       address);
        }
    }

  private:
    const EdgeConfig& config_;
    edge::Front front_;
    http::Server server_;
};

}  // namespace

int run_edge(const std::vector<std::string>& arguments) {
    const auto given = read_edge_arguments(arguments);
    if (!given) {
        fmt::print(stderr, "antipode edge: {}\n", given.error().message);
        return 2;
    }
    if (!given->help.empty()) {
        fmt::print("{}", given->help);
        return 0;
    }
    const EdgeConfig& config = given->config;
    const ServeOptions options{.program = "antipode edge",
                               .threads = config.threads,
                               .stop_timeout = config.stop_timeout,
                               .log_level = config.log_level,
                               .log_json = config.log_json};
    serve(options, [&config](runtime::IoThreads& threads) -> std::unique_ptr<Service> {
        return std::make_unique<Edge>(config, threads);
    });
}

}  // namespace antipode::server
