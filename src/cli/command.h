#pragma once

#include <functional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"

namespace CLI {
class App;
}

namespace antipode::cli {

/// What a command wants from the server and how its answer reads.
struct Command {
    std::string method = "GET";
    std::string target;        ///< After "/-/admin/v1/", encoded.
    boost::json::object body;  ///< Sent when not empty.
    std::function<std::string(const boost::json::value&)> print;
    /// The exit code for an answer; null = 0. For commands that ask whether something holds.
    std::function<int(const boost::json::value&)> exit_code;
};

/// Where the chosen subcommand leaves its command (or what is wrong with its arguments).
struct Choice {
    Result<Command> command =
        fail(ErrorCode::InvalidArgument, "a command is missing; --help lists them");
};

// Each adds the subcommands of one group. `choice` outlives `app`.
void add_zone_commands(CLI::App& app, Choice& choice);
void add_account_commands(CLI::App& app, Choice& choice);
void add_bucket_commands(CLI::App& app, Choice& choice);
void add_event_commands(CLI::App& app, Choice& choice);
void add_replication_commands(CLI::App& app, Choice& choice);

}  // namespace antipode::cli
