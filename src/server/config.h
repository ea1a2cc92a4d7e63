#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/accounts.h"
#include "admin/webhook.h"
#include "base/result.h"
#include "base/units.h"
#include "protocol/dialect.h"
#include "replication/region_catalogue.h"
#include "runtime/executor.h"
#include "runtime/file_system.h"
#include "telemetry/log.h"

namespace antipode::server {

/// Another region and where it answers.
struct Peer {
    std::string region;   ///< "cn-beijing"
    std::string address;  ///< "host:port"
    bool tls = false;

    bool operator==(const Peer&) const = default;
};

enum class Engine : std::uint8_t {
    Local,   ///< Three zone directories.
    Memory,  ///< Keeps nothing; for tests of clients.
};

/// Everything `antipode server` can be told. Flags and TOML keys have the same names
/// (config_options.cc).
struct Config {
    std::string region;
    Engine engine = Engine::Local;
    std::array<std::string, 3> zones;  ///< Directories of zone-a, zone-b, zone-c.
    std::vector<std::string> listen{"127.0.0.1:9000"};
    std::string tls_certificate_file;
    std::string tls_key_file;
    std::vector<std::string> domains;
    std::vector<std::string> accelerate_domains;
    protocol::Dialect default_dialect = protocol::Dialect::Oss;
    std::vector<Peer> peers;
    std::vector<replication::RegionFacts> regions;  ///< Content of --regions-file.
    bool modern_regions = false;
    /// Holds certificate.pem, key.pem and trusted.pem of the links; empty = links are not by TLS.
    std::string link_directory;
    /// Where the master keys of encrypted objects are; empty = nothing can be encrypted.
    std::string key_directory;
    std::vector<std::string> link_listen;  ///< Where peers are answered, by certificate only.
    std::string
        link_secret;  ///< Content of --link-secret-file; empty = derived from the root credential.
    std::optional<admin::RootKey> root;  ///< From the environment; absent = stored or made.

    std::size_t threads = 0;  ///< 0 = one for each processor.
    telemetry::LogLevel log_level = telemetry::LogLevel::Info;
    bool log_json = false;
    runtime::Duration slow_request = std::chrono::seconds(1);

    std::uint64_t head_bytes_max = 32 * kKiB;
    std::uint64_t body_bytes_max = 6 * kGiB;
    std::size_t connections_max = 20000;
    runtime::Duration idle_timeout = std::chrono::seconds(60);
    runtime::Duration stop_timeout = std::chrono::seconds(20);

    runtime::Duration suspect_after = std::chrono::milliseconds(200);
    runtime::Duration out_after = std::chrono::seconds(2);
    std::uint64_t block_cache_bytes = 128 * kMiB;

    /// Chunks of a replica that got none for so long are given back.
    runtime::Duration abandoned_transfer_after = std::chrono::hours(24);
    /// Every body is read and verified once in it; zero = only when asked.
    runtime::Duration scrub_period = std::chrono::days(14);
    /// Lifecycle rules are carried out at multiples of it: with a day, each midnight (UTC); zero =
    /// only when asked.
    runtime::Duration lifecycle_period = std::chrono::hours(24);
    /// Where events are told; no address = nowhere.
    admin::WebhookOptions event_webhook;
};

/// A variable of the environment, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct Arguments {
    Config config;
    std::string help;  ///< Not empty: print it and end; `config` is then not complete.
};

/// Reads the arguments after "antipode server", the file of --config (what the command line says
/// goes before it), the link secret's file and the environment. Every error is one sentence that
/// names what is wrong.
Result<Arguments> read_arguments(const std::vector<std::string>& arguments,
                                 const Environment& environment,
                                 runtime::FileSystem& files);

}  // namespace antipode::server
