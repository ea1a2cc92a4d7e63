#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "runtime/executor.h"
#include "telemetry/log.h"

namespace antipode::server {

/// Everything `antipode edge` can be told.
struct EdgeConfig {
    struct Region {
        std::string name;     ///< "cn-beijing"
        std::string address;  ///< "host:port" of its --link-listen.
    };

    std::vector<std::string> listen{"127.0.0.1:9300"};
    std::vector<Region> regions;
    /// Holds certificate.pem, key.pem and trusted.pem of this edge.
    std::string link_directory;
    std::vector<std::string> domains;
    std::string tls_certificate_file;
    std::string tls_key_file;
    std::size_t streams = 48;
    std::string congestion = "bbr";
    std::uint64_t buffer_bytes_max = 256 * kMiB;
    std::uint64_t body_bytes_max = 6 * kGiB;
    std::size_t threads = 0;  ///< 0 = one for each processor.
    telemetry::LogLevel log_level = telemetry::LogLevel::Info;
    bool log_json = false;
    runtime::Duration idle_timeout = std::chrono::seconds(60);
    runtime::Duration stop_timeout = std::chrono::seconds(20);
};

struct EdgeArguments {
    EdgeConfig config;
    std::string help;  ///< Not empty: print it and end.
};

/// Reads the arguments after "antipode edge". Every error is one sentence that names what is wrong.
Result<EdgeArguments> read_edge_arguments(std::vector<std::string> arguments);

}  // namespace antipode::server
