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
    std::string wait = "60s";
};

std::string print_status(const boost::json::value& answer) {
    Table table({"BUCKET",
                 "TO",
                 "STATE",
                 "HISTORY",
                 "BACKLOG",
                 "BYTES",
                 "FAILED",
                 "RECOVERY POINT",
                 "LAG P50/P99 MS",
                 "TROUBLE"});
    for (const boost::json::value& rule : list_at(answer, "rules")) {
        const std::string trouble =
            flag_at(rule, "fenced") ? "fenced by the destination" : text_at(rule, "last_error");
        table.add(
            {text_at(rule, "bucket"),
             fmt::format("{}/{}", text_at(rule, "target_region"), text_at(rule, "target_bucket")),
             text_at(rule, "state"),
             fmt::format("{:.0f}%", fraction_at(rule, "history_fraction") * 100),
             std::to_string(number_at(rule, "backlog_operations")),
             show_bytes(number_at(rule, "backlog_bytes")),
             std::to_string(number_at(rule, "exceptions")),
             show_time(static_cast<std::int64_t>(number_at(rule, "recovery_point_ms"))),
             fmt::format(
                 "{:.0f}/{:.0f}", fraction_at(rule, "lag_p50_ms"), fraction_at(rule, "lag_p99_ms")),
             trouble});
    }
    return table.str();
}

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

std::string print_verification(const boost::json::value& answer) {
    const std::string as_of = show_time(static_cast<std::int64_t>(number_at(answer, "as_of_ms")));
    if (flag_at(answer, "identical")) {
        return fmt::format("Identical as of {}: {} versions, {}; digest {}.\n",
                           as_of,
                           number_at(answer, "compared"),
                           flag_at(answer, "by_set_digest")
                               ? "proved by the set digests of both sides"
                               : "compared version by version",
                           text_at(answer, "digest"));
    }
    Table table({"DIFFERENCE", "KEY", "VERSION"});
    for (const boost::json::value& one : list_at(answer, "differences")) {
        table.add({text_at(one, "kind"), text_at(one, "key"), text_at(one, "version_id")});
    }
    return fmt::format("{}NOT identical as of {}: {} of {} versions differ.\n",
                       table.str(),
                       as_of,
                       number_at(answer, "difference_count"),
                       number_at(answer, "compared"));
}

void add_status(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<RuleArguments>();
    CLI::App* command =
        group.add_subcommand("status", "backlog, lag and recovery point of every rule");
    command->add_option("--bucket", arguments->bucket, "only rules of this bucket");
    command->callback([arguments, &choice] {
        Command chosen;
        chosen.target = "replication/status?bucket=" + codec::percent_encode(arguments->bucket);
        chosen.print = print_status;
        choice.command = std::move(chosen);
    });
}

void add_list_failed(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<RuleArguments>();
    CLI::App* command = group.add_subcommand(
        "list-failed", "what the destination refused, why, and when it is tried again");
    command->add_option("bucket", arguments->bucket, "source bucket")->required();
    command->add_option("--rule", arguments->rule, "rule id");
    command->callback([arguments, &choice] {
        Command chosen;
        chosen.target = fmt::format("replication/failed?bucket={}&rule={}",
                                    codec::percent_encode(arguments->bucket),
                                    codec::percent_encode(arguments->rule));
        chosen.print = print_failed;
        choice.command = std::move(chosen);
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

void add_verify(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<RuleArguments>();
    CLI::App* command = group.add_subcommand(
        "verify",
        "proves that the destination holds what the source holds; exit code 1 when it does not");
    command->add_option("bucket", arguments->bucket, "source bucket")->required();
    command->add_option("--rule", arguments->rule, "rule id, when the bucket has several");
    command->add_option("--wait", arguments->wait, "how long to wait for it to catch up, e.g. 60s");
    command->callback([arguments, &choice] {
        const auto wait = codec::parse_duration(arguments->wait);
        if (!wait) {
            choice.command = fail(wait.error());
            return;
        }
        Command chosen;
        chosen.method = "POST";
        chosen.target = "replication/verify";
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
        chosen.body = {{"bucket", arguments->bucket}, {"wait_seconds", seconds}};
        if (!arguments->rule.empty()) {
            chosen.body["rule"] = arguments->rule;
        }
        chosen.print = print_verification;
        chosen.exit_code = [](const boost::json::value& answer) {
            return flag_at(answer, "identical") ? 0 : 1;
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
    add_verify(*group, choice);
}

}  // namespace antipode::cli
