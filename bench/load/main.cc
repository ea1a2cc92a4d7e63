#include <arpa/inet.h>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <netdb.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <thread>

#include <fmt/format.h>

#include "bench/load/bodies.h"
#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/load/server_cost.h"
#include "bench/load/worker.h"

namespace antipode::bench {
namespace {

std::optional<sockaddr_in> resolve(const Options& options) {
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &found) !=
        0) {
        return std::nullopt;
    }
    sockaddr_in address{};
    std::memcpy(&address, found->ai_addr, sizeof address);
    ::freeaddrinfo(found);
    return address;
}

/// Thousands of connections need more descriptors than the usual 1024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

std::vector<ProcessCost> costs_of(const std::vector<pid_t>& pids) {
    std::vector<ProcessCost> costs;
    for (const pid_t pid : pids) {
        costs.push_back(cost_of(pid).value_or(ProcessCost{.pid = pid}));
    }
    return costs;
}

int write_files(const Options& options, const Bodies& bodies) {
    const RequestWriter writer(options, bodies);
    for (std::uint64_t number = options.first_key; number < options.first_key + options.keys;
         ++number) {
        const std::filesystem::path path =
            std::filesystem::path(options.files_directory) / options.bucket / writer.key(number);
        if (number == options.first_key) {
            std::filesystem::create_directories(path.parent_path());
        }
        const ByteView body = bodies.body(number);
        std::ofstream file(path, std::ios::binary);
        file.write(reinterpret_cast<const char*>(body.data()),
                   static_cast<std::streamsize>(body.size()));
        if (!file) {
            fmt::print(stderr, "load: cannot write {}\n", path.string());
            return 1;
        }
    }
    return 0;
}

/// One request by hand: PUT /bucket. "It is there already" is as good.
int make_bucket(const Options& options, const Bodies& bodies, sockaddr_in address) {
    Tally tally;
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    Connection connection({.address = address,
                           .epoll = epoll,
                           .options = &options,
                           .bodies = &bodies,
                           .tally = &tally},
                          0);
    std::string head;
    RequestWriter(options, bodies).write_make_bucket(std::time(nullptr), head);
    // Sent as a DELETE would be: no body, and any 2xx is fine.
    auto outcome = connection.send({.verb = Verb::Delete}, Clock::now(), std::move(head));
    for (int tries = 0; !outcome && tries < 300; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        outcome = connection.ready();
    }
    const std::string failure = outcome ? outcome->failure : "no answer in 30 s";
    if (!failure.empty() && !failure.starts_with("409")) {
        fmt::print(stderr, "load: cannot make bucket {}: {}\n", options.bucket, failure);
        return 1;
    }
    return 0;
}

Report measure(const Options& options, const Bodies& bodies, sockaddr_in address) {
    Run run(options);
    std::deque<Worker> workers;
    for (std::uint32_t index = 0; index < options.threads; ++index) {
        workers.emplace_back(run, bodies, address, index).open_connections();
    }
    run.begin = Clock::now();
    run.measured = run.begin + options.warmup;
    run.end = options.count > 0 ? Clock::time_point::max() - std::chrono::hours(1)
                                : run.measured + options.duration;
    std::deque<std::thread> threads;
    for (Worker& worker : workers) {
        threads.emplace_back([&worker] { worker.work(); });
    }
    std::this_thread::sleep_until(run.measured);
    const double own_before = own_cpu_seconds();
    const std::vector<ProcessCost> before = costs_of(options.server_pids);
    if (options.count == 0) {
        std::this_thread::sleep_until(run.end);
    } else {
        std::ranges::for_each(threads, &std::thread::join);
        threads.clear();
    }
    Report report;
    report.servers = costs_of(options.server_pids);
    report.client_cpu_seconds = own_cpu_seconds() - own_before;
    report.seconds = std::chrono::duration<double>(Clock::now() - run.measured).count();
    std::ranges::for_each(threads, &std::thread::join);
    for (std::size_t at = 0; at < before.size(); ++at) {
        report.servers.at(at).cpu_seconds -= before.at(at).cpu_seconds;
        report.servers.at(at).written_bytes -= before.at(at).written_bytes;
    }
    for (const Worker& worker : workers) {
        report.tally.merge(worker.tally());
    }
    report.longest_gap_ms = static_cast<double>(run.longest_gap_ns.load()) / 1e6;
    return report;
}

int run_load(int argc, const char* const* argv) {
    const auto options = parse_options(argc, argv);
    if (!options) {
        return options.error();
    }
    const Bodies bodies(options->sizes, options->signed_payload);
    if (!options->files_directory.empty()) {
        return write_files(*options, bodies);
    }
    const auto address = resolve(*options);
    if (!address) {
        fmt::print(stderr, "load: no address for host {}\n", options->host);
        return 2;
    }
    raise_descriptor_limit();
    if (options->make_bucket) {
        return make_bucket(*options, bodies, *address);
    }
    const Report report = measure(*options, bodies, *address);
    fmt::print(
        "{}{}", options->json ? to_json(report) : to_text(report), options->json ? "\n" : "");
    return failed(report) == 0 && succeeded(report) > 0 ? 0 : 1;
}

}  // namespace
}  // namespace antipode::bench

int main(int argc, char** argv) {
    return antipode::bench::run_load(argc, argv);
}
