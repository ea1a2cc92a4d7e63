#include "server/edge_config.h"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "codec/quantity.h"
#include "server/named_places.h"
#include "server/refuse_extras.h"

namespace antipode::server {

namespace {

constexpr const char* kFooter =
    "An edge holds no key of a user: the region checks every request's signature. Certificates are "
    "made by\nantipode admin link issue DIR edge-NAME, with the link's authority in DIR.";

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

/// The words as they were given. CLI11 keeps references.
struct Words {
    std::vector<std::string> regions;
    std::string buffer;
    std::string body_size_max;
    std::string log_level;
    std::string idle_timeout;
    std::string stop_timeout;
};

void describe(CLI::App& app, Words& words, EdgeConfig& config) {
    const auto add_list = [&app](const char* name, auto& into, const char* help) {
        return app.add_option(name, into, help)
            ->expected(1)
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    };
    add_list("--listen", config.listen, "where clients are answered; repeatable")
        ->type_name("HOST:PORT")
        ->capture_default_str();
    add_list("--region", words.regions, "a region and its --link-listen; repeatable")
        ->type_name("NAME=HOST:PORT");
    app.add_option("--link-directory",
                   config.link_directory,
                   "certificate.pem, key.pem and trusted.pem of this edge (required)")
        ->type_name("DIR");
    add_list("--domain",
             config.domains,
             "a host name under which BUCKET.NAME reaches a bucket, an --accelerate-domain of the "
             "regions; repeatable; oss-accelerate.aliyuncs.com and the like are known anyway")
        ->type_name("NAME");
    app.add_option("--tls-cert",
                   config.tls_certificate_file,
                   "PEM certificate chain; with --tls-key every --listen speaks TLS")
        ->type_name("FILE");
    app.add_option("--tls-key", config.tls_key_file, "PEM private key of --tls-cert")
        ->type_name("FILE");
    app.add_option("--streams", config.streams, "connections to each region, for each thread")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_option("--congestion", config.congestion, "TCP congestion control of those connections")
        ->capture_default_str();
    app.add_option("--buffer", words.buffer, "memory for bodies on their way; default 256MiB")
        ->type_name("SIZE");
    app.add_option("--body-size-max", words.body_size_max, "of one request; default 6GiB")
        ->type_name("SIZE");
    app.add_option("--threads", config.threads, "default: one for each processor")
        ->check(CLI::Range(1, 256));
    app.add_option("--log-level", words.log_level, "debug, info, warning, error or off")
        ->type_name("LEVEL");
    app.add_flag("--log-json", config.log_json, "one JSON object a line instead of text");
    app.add_option("--idle-timeout",
                   words.idle_timeout,
                   "a client's connection on which nothing moves is closed after it; default 60s")
        ->type_name("TIME");
    app.add_option("--stop-timeout",
                   words.stop_timeout,
                   "how long requests in flight may take to end when the edge stops; default 20s")
        ->type_name("TIME");
}

std::vector<std::string> names_of_options(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        names.push_back(option->get_name());
    }
    return names;
}

Error named(const char* option, const Error& error) {
    return {error.code, fmt::format("{}: {}", option, error.message)};
}

template <typename T>
Result<void> take(const char* option, const std::string& word, T parse, auto& into) {
    if (word.empty()) {
        return {};
    }
    auto value = parse(word);
    if (!value) {
        return fail(named(option, value.error()));
    }
    into = *value;
    return {};
}

Result<void> take_regions(const std::vector<std::string>& words, EdgeConfig& config) {
    if (words.empty()) {
        return refuse("--region is missing; it names a region and the port of its links");
    }
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos) {
            return refuse(
                fmt::format("--region: '{}' is not of the form NAME=HOST:PORT, such as "
                            "cn-beijing=10.0.0.2:9443",
                            word));
        }
        EdgeConfig::Region region{.name = word.substr(0, equals),
                                  .address = word.substr(equals + 1)};
        if (const auto checked = check_region(region.name); !checked) {
            return fail(named("--region", checked.error()));
        }
        if (const auto checked = check_address(region.address, false); !checked) {
            return fail(named("--region", checked.error()));
        }
        if (std::ranges::count(config.regions, region.name, &EdgeConfig::Region::name) != 0) {
            return refuse(fmt::format("--region: {} is named twice", region.name));
        }
        config.regions.push_back(std::move(region));
    }
    return {};
}

Result<void> check_together(const EdgeConfig& config) {
    for (const std::string& address : config.listen) {
        if (const auto checked = check_address(address, true); !checked) {
            return fail(named("--listen", checked.error()));
        }
    }
    for (const std::string& name : config.domains) {
        if (const auto checked = check_host_name(name); !checked) {
            return fail(named("--domain", checked.error()));
        }
    }
    if (config.link_directory.empty()) {
        return refuse(
            "--link-directory is missing; it holds the certificate that regions know this edge by");
    }
    if (config.tls_certificate_file.empty() != config.tls_key_file.empty()) {
        return refuse("--tls-cert and --tls-key belong together: give both or neither");
    }
    return {};
}

}  // namespace

Result<EdgeArguments> read_edge_arguments(std::vector<std::string> arguments) {
    EdgeConfig config;
    Words words;
    CLI::App app{"Takes clients' requests near them and carries them to far regions fast.",
                 "antipode edge"};
    app.footer(kFooter);
    app.allow_extras();
    describe(app, words, config);
    std::ranges::reverse(arguments);  // CLI11 takes them from the back.
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        return EdgeArguments{.config = {}, .help = app.help()};
    } catch (const CLI::ParseError& error) {
        return refuse(error.what());
    }
    TRY_VOID(refuse_extras("antipode edge", app.remaining(), names_of_options(app)));
    TRY_VOID(take_regions(words.regions, config));
    TRY_VOID(take("--buffer", words.buffer, codec::parse_size, config.buffer_bytes_max));
    TRY_VOID(
        take("--body-size-max", words.body_size_max, codec::parse_size, config.body_bytes_max));
    TRY_VOID(take("--log-level", words.log_level, telemetry::parse_log_level, config.log_level));
    TRY_VOID(
        take("--idle-timeout", words.idle_timeout, codec::parse_duration, config.idle_timeout));
    TRY_VOID(
        take("--stop-timeout", words.stop_timeout, codec::parse_duration, config.stop_timeout));
    TRY_VOID(check_together(config));
    return EdgeArguments{.config = std::move(config), .help = {}};
}

}  // namespace antipode::server
