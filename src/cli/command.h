#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "runtime/executor.h"
#include "runtime/file_system.h"

namespace CLI {
class App;
}

namespace antipode::cli {

/// What a command wants from the server and how its answer reads.
struct Command {
    std::string method = "GET";
    std::string target;        ///< After "/-/admin/v1/", encoded.
    boost::json::object body;  ///< Sent when not empty.
    /// Set: the command asks no server, and this makes its answer.
    std::function<Result<boost::json::value>(runtime::FileSystem& files, std::int64_t now_ms)>
        run_here;
    std::function<std::string(const boost::json::value&)> print;
    /// The exit code for an answer; null = 0. For commands that ask whether something holds.
    std::function<int(const boost::json::value&)> exit_code;
    /// A file that the command works on, and what its content does to the command before it is
    /// sent.
    std::string file;
    std::function<Result<void>(Command&, std::string content)> take_file;
    /// Asked again and again: how long to wait between two looks; nothing = once.
    std::optional<runtime::Duration> watch;
    std::uint64_t looks_max = 0;  ///< Of a watch; 0 = until interrupted.
    /// Set: once this one was answered, asked again and again until it is over; then its answer is
    /// shown too (in JSON instead of this one's), and its exit code counts.
    std::shared_ptr<const Command> outcome;
    /// Of an outcome: whether this answer is the last one.
    std::function<bool(const boost::json::value&)> is_over;
};

using Print = std::function<std::string(const boost::json::value&)>;

/// The common ones: asks for `target`, or posts `body` to it, and prints the answer.
Command get(std::string target, Print print);
Command post(std::string target, boost::json::object body, Print print);

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
void add_lifecycle_commands(CLI::App& app, Choice& choice);
void add_link_commands(CLI::App& app, Choice& choice);
void add_replication_commands(CLI::App& app, Choice& choice);
// Of the group "replication".
void add_replication_proof_commands(CLI::App& group, Choice& choice);
void add_replication_rule_commands(CLI::App& group, Choice& choice);

}  // namespace antipode::cli
