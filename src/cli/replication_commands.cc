#include <algorithm>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "codec/quantity.h"
#include "codec/uri.h"

namespace antipode::cli {

namespace {

struct RuleArguments {
    std::string bucket;
    std::string rule;
    std::string key;
};

constexpr std::size_t kBarCells = 10;

std::string trouble_of(const boost::json::value& rule) {
    return flag_at(rule, "fenced") ? "fenced by the destination" : text_at(rule, "last_error");
}

std::string show_eta(const boost::json::value& rule) {
    const auto eta_ms = maybe_at(rule, "eta_ms");
    if (!eta_ms) {
        return "unknown";
    }
    return *eta_ms == 0 ? "-" : show_duration(static_cast<std::int64_t>(*eta_ms));
}

std::string show_age(const boost::json::value& rule) {
    const auto age_ms = static_cast<std::int64_t>(number_at(rule, "oldest_age_ms"));
    return number_at(rule, "oldest_pending_ms") == 0 ? "-" : show_duration(age_ms);
}

std::string print_status(const boost::json::value& answer) {
    Table table({"BUCKET",
                 "TO",
                 "STATE",
                 "HISTORY",
                 "BACKLOG",
                 "BYTES",
                 "OLDEST",
                 "RATE",
                 "BANDWIDTH",
                 "SENT/ON THE LINE",
                 "ETA",
                 "FAILED",
                 "RECOVERY POINT",
                 "LAG P50/P99 MS",
                 "TROUBLE"});
    for (const boost::json::value& rule : list_at(answer, "rules")) {
        table.add(
            {text_at(rule, "bucket"),
             fmt::format("{}/{}", text_at(rule, "target_region"), text_at(rule, "target_bucket")),
             text_at(rule, "state"),
             fmt::format("{:.0f}%", fraction_at(rule, "history_fraction") * 100),
             std::to_string(number_at(rule, "backlog_operations")),
             show_bytes(number_at(rule, "backlog_bytes")),
             show_age(rule),
             fmt::format("{:.0f}/s", fraction_at(rule, "operations_per_second")),
             show_rate(fraction_at(rule, "bytes_per_second")),
             fmt::format("{}/{}",
                         show_bytes(number_at(rule, "bytes_sent")),
                         show_bytes(number_at(rule, "wire_bytes_sent"))),
             show_eta(rule),
             std::to_string(number_at(rule, "exceptions")),
             show_time(static_cast<std::int64_t>(number_at(rule, "recovery_point_ms"))),
             fmt::format(
                 "{:.0f}/{:.0f}", fraction_at(rule, "lag_p50_ms"), fraction_at(rule, "lag_p99_ms")),
             trouble_of(rule)});
    }
    return table.str();
}

/// The table that is looked at for a while. A backlog has no natural whole: its bar is the share of
/// the largest one that was seen since the watch began.
class WatchedTable {
  public:
    std::string print(const boost::json::value& answer) {
        Table table(
            {"RULE", "STATE", "HISTORY", "BACKLOG", "OLDEST", "RATE", "ETA", "LAG", "FAILED"});
        std::string troubles;
        for (const boost::json::value& rule : list_at(answer, "rules")) {
            add(table, rule);
            if (const std::string trouble = trouble_of(rule); !trouble.empty()) {
                troubles += fmt::format("! {}: {}\n", name_of(rule), trouble);
            }
        }
        return table.str() + troubles;
    }

  private:
    static std::string name_of(const boost::json::value& rule) {
        return fmt::format("{} -> {}/{}",
                           text_at(rule, "bucket"),
                           text_at(rule, "target_region"),
                           text_at(rule, "target_bucket"));
    }

    void add(Table& table, const boost::json::value& rule) {
        const std::uint64_t backlog = number_at(rule, "backlog_operations");
        std::uint64_t& most = most_[text_at(rule, "bucket") + "/" + text_at(rule, "rule")];
        most = std::max({most, backlog, std::uint64_t{1}});
        const double history = fraction_at(rule, "history_fraction");
        table.add({name_of(rule),
                   flag_at(rule, "reachable") ? text_at(rule, "state") : "unreachable",
                   fmt::format("{} {:3.0f}%", show_bar(history, kBarCells), history * 100),
                   fmt::format("{} {} ({})",
                               show_bar(static_cast<double>(backlog) / static_cast<double>(most),
                                        kBarCells),
                               backlog,
                               show_bytes(number_at(rule, "backlog_bytes"))),
                   show_age(rule),
                   fmt::format("{:.0f}/s {}",
                               fraction_at(rule, "operations_per_second"),
                               show_rate(fraction_at(rule, "bytes_per_second"))),
                   show_eta(rule),
                   fmt::format("{:.0f}/{:.0f} ms",
                               fraction_at(rule, "lag_p50_ms"),
                               fraction_at(rule, "lag_p99_ms")),
                   std::to_string(number_at(rule, "exceptions"))});
    }

    std::map<std::string, std::uint64_t> most_;
};

std::string print_failed(const boost::json::value& answer) {
    Table table({"KEY", "VERSION", "OPERATION", "SIZE", "TRIES", "NEXT TRY", "REASON"});
    for (const boost::json::value& one : list_at(answer, "failed")) {
        table.add({text_at(one, "key"),
                   text_at(one, "version_id"),
                   text_at(one, "operation"),
                   show_bytes(number_at(one, "bytes")),
                   std::to_string(number_at(one, "tries")),
                   show_time(static_cast<std::int64_t>(number_at(one, "next_try_ms"))),
                   text_at(one, "reason")});
    }
    return table.str();
}

struct StatusArguments {
    std::string bucket;
    bool watch = false;
    std::string every = "1s";
    std::uint64_t times = 0;
};

Result<Command> status_command(const StatusArguments& arguments) {
    Command chosen;
    chosen.target = "replication/status?bucket=" + codec::percent_encode(arguments.bucket);
    chosen.print = print_status;
    if (!arguments.watch) {
        return chosen;
    }
    TRY(chosen.watch, codec::parse_duration(arguments.every));
    if (*chosen.watch < std::chrono::milliseconds(100)) {
        return fail(ErrorCode::InvalidArgument, "--every is at least 100ms");
    }
    chosen.looks_max = arguments.times;
    chosen.print = [table = std::make_shared<WatchedTable>()](const boost::json::value& answer) {
        return table->print(answer);
    };
    return chosen;
}

void add_status(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<StatusArguments>();
    CLI::App* command =
        group.add_subcommand("status", "backlog, lag, rate and recovery point of every rule");
    command->add_option("--bucket", arguments->bucket, "only rules of this bucket");
    command->add_flag("--watch", arguments->watch, "shows it again and again, with bars");
    command->add_option("--every", arguments->every, "with --watch: time between two looks");
    command->add_option("--times", arguments->times, "with --watch: ends after so many looks");
    command->callback([arguments, &choice] { choice.command = status_command(*arguments); });
}

void add_list_failed(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<RuleArguments>();
    CLI::App* command = group.add_subcommand(
        "list-failed", "what the destination refused, why, and when it is tried again");
    command->add_option("bucket", arguments->bucket, "source bucket")->required();
    command->add_option("--rule", arguments->rule, "rule id");
    command->callback([arguments, &choice] {
        choice.command = get(fmt::format("replication/failed?bucket={}&rule={}",
                                         codec::percent_encode(arguments->bucket),
                                         codec::percent_encode(arguments->rule)),
                             print_failed);
    });
}

void add_retry(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<RuleArguments>();
    CLI::App* command = group.add_subcommand("retry", "tries failed versions now");
    command->add_option("bucket", arguments->bucket, "source bucket")->required();
    command->add_option("--rule", arguments->rule, "rule id");
    command->add_option("--key", arguments->key, "only this key");
    command->callback([arguments, &choice] {
        Command chosen;
        chosen.method = "POST";
        chosen.target = "replication/retry";
        chosen.body = {{"bucket", arguments->bucket}};
        if (!arguments->rule.empty()) {
            chosen.body["rule"] = arguments->rule;
        }
        if (!arguments->key.empty()) {
            chosen.body["key"] = arguments->key;
        }
        chosen.print = [](const boost::json::value& answer) {
            return fmt::format("{} to be tried again now.\n", number_at(answer, "retried"));
        };
        choice.command = std::move(chosen);
    });
}

}  // namespace

void add_replication_commands(CLI::App& app, Choice& choice) {
    CLI::App* group =
        app.add_subcommand("replication", "rules between regions: status, failures, proof");
    group->require_subcommand(1);
    add_status(*group, choice);
    add_list_failed(*group, choice);
    add_retry(*group, choice);
    add_replication_rule_commands(*group, choice);
    add_replication_proof_commands(*group, choice);
}

}  // namespace antipode::cli
