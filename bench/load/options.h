#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace antipode::bench {

enum class Verb : std::uint8_t { Put, Get, Head, List, Delete };
inline constexpr std::size_t kVerbs = 5;

[[nodiscard]] std::string_view name_of(Verb verb);

enum class Dialect : std::uint8_t { S3, Oss };

/// A share of each verb, in any unit.
struct Mix {
    std::vector<Verb> table;  ///< A verb appears as often as its share; drawn from at random.
};

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9000;
    Dialect dialect = Dialect::S3;
    std::string region = "us-east-1";
    std::string access_key;  ///< Empty: requests are not signed.
    std::string secret_key;
    bool signed_payload = false;

    Mix mix;
    std::string bucket;
    std::string prefix = "bench/";
    std::vector<std::uint64_t> sizes{4096};
    std::uint64_t keys = 100'000;  ///< GET, HEAD and LIST draw from the keys 0 to keys - 1.
    std::uint64_t first_key = 0;   ///< PUT and DELETE start here and count upward.
    std::uint32_t list_keys_max = 1000;

    std::uint32_t connections = 64;
    std::uint32_t threads = 1;
    double rate = 0;  ///< Requests a second (open loop); 0: each connection sends as soon as it can
                      ///< (closed loop).
    std::chrono::nanoseconds duration{std::chrono::seconds(10)};
    std::chrono::nanoseconds warmup{0};  ///< Runs before the duration and is not counted.
    std::uint64_t count = 0;  ///< Stop after so many requests; 0: when the duration is over.
    std::uint32_t verify_every =
        64;  ///< Compare every n-th read byte for byte; 0: never. Sizes are always compared.

    std::vector<pid_t> server_pids;
    bool json = false;
    std::string files_directory;  ///< Not empty: write the objects there as files (for a static
                                  ///< file server) and stop.
    bool make_bucket = false;     ///< Create the bucket and stop.
};

/// Reads the command line. Without options the process is to end with the status given: help or the
/// error has been printed.
[[nodiscard]] std::expected<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace antipode::bench
