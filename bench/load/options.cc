#include "bench/load/options.h"

#include <cstdlib>
#include <map>
#include <regex>

#include <CLI/CLI.hpp>

namespace antipode::bench {

namespace {

const std::map<std::string, Verb> kVerbNames{{"put", Verb::Put},
                                             {"get", Verb::Get},
                                             {"head", Verb::Head},
                                             {"list", Verb::List},
                                             {"delete", Verb::Delete}};

/// "get=70,put=20,delete=10"
Mix parse_mix(const std::string& text) {
    Mix mix;
    for (const std::string& share : CLI::detail::split(text, ',')) {
        const auto equals = share.find('=');
        const auto verb = kVerbNames.find(share.substr(0, equals));
        const long weight =
            equals == std::string::npos ? 0 : std::strtol(share.c_str() + equals + 1, nullptr, 10);
        if (verb == kVerbNames.end() || weight < 1 || weight > 1000) {
            throw CLI::ValidationError("--mix",
                                       "takes shares like get=70,put=30, not '" + share + "'");
        }
        mix.table.insert(mix.table.end(), static_cast<std::size_t>(weight), verb->second);
    }
    return mix;
}

void parse_endpoint(const std::string& text, Options& options) {
    static const std::regex kShape(R"((?:http://)?([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?/?)");
    std::smatch parts;
    if (!std::regex_match(text, parts, kShape)) {
        throw CLI::ValidationError("--endpoint", "takes http://HOST:PORT, not '" + text + "'");
    }
    options.host = parts[1];
    options.port = static_cast<std::uint16_t>(parts[2].matched ? std::stoul(parts[2]) : 80);
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
    return value == nullptr ? "" : value;
}

}  // namespace

std::string_view name_of(Verb verb) {
    switch (verb) {
        case Verb::Put:
            return "put";
        case Verb::Get:
            return "get";
        case Verb::Head:
            return "head";
        case Verb::List:
            return "list";
        case Verb::Delete:
            return "delete";
    }
    return "?";
}

std::expected<Options, int> parse_options(int argc, const char* const* argv) {
    Options options;
    options.access_key = environment("ANTIPODE_ACCESS_KEY");
    options.secret_key = environment("ANTIPODE_SECRET_KEY");
    std::string verb;
    std::string endpoint = "http://127.0.0.1:9000";
    std::string mix;
    double seconds = 10;
    double warmup = 0;
    const auto bytes = CLI::AsSizeValue(false);

    CLI::App app(
        "Sends requests to an S3 or OSS endpoint (or, unsigned, to any HTTP server) and measures "
        "the answers.",
        "load");
    app.add_option("job",
                   verb,
                   "put, get, head, list, delete, mixed; bucket (create it); files (write the "
                   "objects as files)")
        ->required()
        ->check(
            CLI::IsMember({"put", "get", "head", "list", "delete", "mixed", "bucket", "files"}));
    app.add_option("--endpoint", endpoint, "http://HOST:PORT")->capture_default_str();
    app.add_option("--dialect", options.dialect, "s3 or oss")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, Dialect>{{"s3", Dialect::S3}, {"oss", Dialect::Oss}}));
    app.add_option("--region", options.region, "in the signature's scope")->capture_default_str();
    app.add_option("--access-key",
                   options.access_key,
                   "default: $ANTIPODE_ACCESS_KEY; empty: requests are not signed");
    app.add_option("--secret-key", options.secret_key, "default: $ANTIPODE_SECRET_KEY");
    app.add_flag("--signed-payload",
                 options.signed_payload,
                 "sign the body's SHA-256 too, not UNSIGNED-PAYLOAD");
    app.add_option("--bucket", options.bucket, "path-style bucket; empty: keys stand at the root");
    app.add_option("--prefix", options.prefix, "before every key")->capture_default_str();
    app.add_option("--size", options.sizes, "object size, or several (4KiB 1MiB) that take turns")
        ->transform(bytes)
        ->delimiter(',');
    app.add_option("--keys", options.keys, "get, head and list draw from the first so many keys")
        ->check(CLI::PositiveNumber);
    app.add_option("--first-key", options.first_key, "put and delete count upward from here");
    app.add_option("--list-keys", options.list_keys_max, "keys a list asks for")
        ->check(CLI::Range(1, 1000));
    app.add_option("--mix", mix, "shares for mixed, as in get=70,put=20,list=5,delete=5");
    app.add_option("--connections", options.connections)
        ->check(CLI::Range(1, 20000))
        ->capture_default_str();
    app.add_option("--threads", options.threads)->check(CLI::Range(1, 64))->capture_default_str();
    app.add_option("--rate",
                   options.rate,
                   "open loop: so many requests a second, latency counted from when each was due")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--seconds", seconds, "measured time")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    app.add_option("--warmup", warmup, "seconds before that")->check(CLI::Range(0.0, 600.0));
    app.add_option("--count", options.count, "stop after so many requests");
    app.add_option(
           "--verify-every", options.verify_every, "compare every n-th read byte for byte; 0: none")
        ->capture_default_str();
    app.add_option("--server-pid",
                   options.server_pids,
                   "report CPU time and bytes written of these processes")
        ->delimiter(',');
    app.add_option("--directory", options.files_directory, "files: where");
    app.add_flag("--json", options.json, "one JSON object instead of text");
    try {
        app.parse(argc, argv);
        parse_endpoint(endpoint, options);
        if (verb == "mixed") {
            options.mix = parse_mix(mix.empty() ? "get=70,put=20,list=5,delete=5" : mix);
        } else if (kVerbNames.contains(verb)) {
            options.mix.table = {kVerbNames.at(verb)};
        } else if (verb == "files" && options.files_directory.empty()) {
            throw CLI::ValidationError("files", "needs --directory");
        } else if (verb == "bucket" && options.bucket.empty()) {
            throw CLI::ValidationError("bucket", "needs --bucket");
        }
    } catch (const CLI::ParseError& error) {
        return std::unexpected(app.exit(error));
    }
    options.make_bucket = verb == "bucket";
    options.threads = std::min(options.threads, options.connections);
    options.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
    options.warmup = std::chrono::nanoseconds(static_cast<std::int64_t>(warmup * 1e9));
    return options;
}

}  // namespace antipode::bench
