#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "codec/quantity.h"
#include "codec/uri.h"

// What rules do with one version, and what they may take.
namespace antipode::cli {

namespace {

struct ExplainArguments {
    std::string bucket;
    std::string key;
    std::string version;
};

std::string print_explanation(const boost::json::value& answer) {
    std::string out =
        fmt::format("{} version {}: {}{}\n",
                    text_at(answer, "key"),
                    text_at(answer, "version_id"),
                    flag_at(answer, "removed")         ? "removed here"
                    : flag_at(answer, "delete_marker") ? "a delete marker"
                                                       : show_bytes(number_at(answer, "bytes")),
                    text_at(answer, "arrived_from").empty()
                        ? ""
                        : ", arrived from " + text_at(answer, "arrived_from"));
    const boost::json::array& rules = list_at(answer, "rules");
    if (rules.empty()) {
        return out + "The bucket has no replication rule.\n";
    }
    Table table({"RULE", "TO", "MATCHES", "STATE", "SINCE", "TRIES", "NEXT TRY", "WHY"});
    for (const boost::json::value& rule : rules) {
        const std::uint64_t tries = number_at(rule, "tries");
        table.add(
            {text_at(rule, "rule"),
             fmt::format("{}/{}", text_at(rule, "target_region"), text_at(rule, "target_bucket")),
             flag_at(rule, "matches") ? "yes" : "no",
             text_at(rule, "state"),
             show_time(static_cast<std::int64_t>(number_at(rule, "committed_ms"))),
             tries == 0 ? "-" : std::to_string(tries),
             show_time(static_cast<std::int64_t>(number_at(rule, "next_try_ms"))),
             text_at(rule, "reason")});
    }
    return out + table.str();
}

void add_explain(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<ExplainArguments>();
    CLI::App* command = group.add_subcommand(
        "explain", "which rules take a version, how far each is, and why it is not there");
    command->add_option("bucket", arguments->bucket, "source bucket")->required();
    command->add_option("key", arguments->key, "the object's key")->required();
    command->add_option("--version", arguments->version, "version id; default: the latest");
    command->callback([arguments, &choice] {
        choice.command = get(fmt::format("replication/explain?bucket={}&key={}&version={}",
                                         codec::percent_encode(arguments->bucket),
                                         codec::percent_encode(arguments->key),
                                         codec::percent_encode(arguments->version)),
                             print_explanation);
    });
}

struct PlanArguments {
    std::string file;
    std::string bucket;
    std::string bandwidth;
};

std::string print_plan(const boost::json::value& answer) {
    std::string out =
        fmt::format("{} objects in {} versions ({} delete markers), {}; largest {}.\n",
                    number_at(answer, "objects"),
                    number_at(answer, "versions"),
                    number_at(answer, "delete_markers"),
                    show_bytes(number_at(answer, "bytes")),
                    show_bytes(number_at(answer, "largest_bytes")));
    if (const auto duration_ms = maybe_at(answer, "duration_ms")) {
        out += fmt::format("About {} at that bandwidth.\n",
                           show_duration(static_cast<std::int64_t>(*duration_ms)));
    }
    for (const boost::json::value& note : list_at(answer, "notes")) {
        out += fmt::format("{} {}: {}\n",
                           flag_at(note, "obstacle") ? "NO " : "   ",
                           text_at(note, "code"),
                           text_at(note, "text"));
    }
    return out + (flag_at(answer, "possible") ? "The rule would be accepted.\n"
                                              : "The rule would be REFUSED.\n");
}

/// XML goes as it is; JSON is {"bucket": ..., the fields of a rule}.
Result<void> take_rule(Command& command, std::string content) {
    const std::size_t begin = content.find_first_not_of(" \t\r\n");
    if (begin != std::string::npos && content[begin] == '<') {
        command.body["document"] = std::move(content);
    } else {
        boost::json::error_code error;
        boost::json::value rule = boost::json::parse(content, error);
        if (error || !rule.is_object()) {
            return fail(ErrorCode::InvalidArgument,
                        command.file + " holds neither XML nor a JSON object");
        }
        if (const auto* bucket = rule.get_object().if_contains("bucket")) {
            if (!command.body.contains("bucket")) {
                command.body["bucket"] = *bucket;
            }
            rule.get_object().erase("bucket");
        }
        command.body["rule"] = std::move(rule);
    }
    if (!command.body.contains("bucket")) {
        return fail(ErrorCode::InvalidArgument,
                    command.file + " names no source bucket; give --bucket NAME");
    }
    return {};
}

Result<Command> plan_command(const PlanArguments& arguments) {
    Command chosen;
    chosen.method = "POST";
    chosen.target = "replication/plan";
    if (!arguments.bucket.empty()) {
        chosen.body["bucket"] = arguments.bucket;
    }
    if (!arguments.bandwidth.empty()) {
        TRY(chosen.body["bytes_per_second"], codec::parse_size(arguments.bandwidth));
    }
    chosen.file = arguments.file;
    chosen.take_file = take_rule;
    chosen.print = print_plan;
    chosen.exit_code = [](const boost::json::value& answer) {
        return flag_at(answer, "possible") ? 0 : 1;
    };
    return chosen;
}

void add_plan(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<PlanArguments>();
    CLI::App* command = group.add_subcommand(
        "plan", "what a rule would do, without making it; exit code 1 when it would be refused");
    command->add_option("file", arguments->file, "a rule: OSS XML or JSON")->required();
    command->add_option("--bucket", arguments->bucket, "source bucket");
    command->add_option(
        "--bandwidth", arguments->bandwidth, "a second, e.g. 10MiB: gives the time");
    command->callback([arguments, &choice] { choice.command = plan_command(*arguments); });
}

struct LimitArguments {
    std::string bucket;
    std::string rule;
    std::string link;
    std::string bandwidth;
    std::optional<std::uint64_t> priority;
    std::string threshold;
};

/// "10MiB" a second; "none" = 0.
Result<std::uint64_t> parse_bandwidth(const std::string& text) {
    return text == "none" ? Result<std::uint64_t>(0) : codec::parse_size(text);
}

std::string show_limit(std::uint64_t bytes_per_second) {
    return bytes_per_second == 0 ? "none" : show_bytes(bytes_per_second) + "/s";
}

Result<Command> limit_link_command(const LimitArguments& arguments) {
    if (!arguments.bucket.empty() || !arguments.rule.empty() || arguments.priority ||
        !arguments.threshold.empty() || arguments.bandwidth.empty()) {
        return fail(ErrorCode::InvalidArgument, "--link takes --bandwidth and nothing else");
    }
    TRY(const std::uint64_t bandwidth, parse_bandwidth(arguments.bandwidth));
    return post("replication/limit-link",
                {{"region", arguments.link}, {"bytes_per_second", bandwidth}},
                [](const boost::json::value& answer) {
                    return fmt::format("Link to {}: bandwidth {}.\n",
                                       text_at(answer, "region"),
                                       show_limit(number_at(answer, "bytes_per_second_max")));
                });
}

Result<Command> limit_command(const LimitArguments& arguments) {
    if (!arguments.link.empty()) {
        return limit_link_command(arguments);
    }
    if (arguments.bucket.empty()) {
        return fail(ErrorCode::InvalidArgument, "limit takes a bucket, or --link REGION");
    }
    Command chosen;
    chosen.method = "POST";
    chosen.target = "replication/limit";
    chosen.body = {{"bucket", arguments.bucket}};
    if (!arguments.rule.empty()) {
        chosen.body["rule"] = arguments.rule;
    }
    if (!arguments.bandwidth.empty()) {
        TRY(chosen.body["bytes_per_second"], parse_bandwidth(arguments.bandwidth));
    }
    if (arguments.priority) {
        chosen.body["priority"] = *arguments.priority;
    }
    if (!arguments.threshold.empty()) {
        TRY(const auto threshold, codec::parse_duration(arguments.threshold));
        chosen.body["threshold_ms"] =
            std::chrono::duration_cast<std::chrono::milliseconds>(threshold).count();
    }
    chosen.print = [](const boost::json::value& answer) {
        return fmt::format(
            "Bandwidth {}, priority {}, late after {}.\n",
            show_limit(number_at(answer, "bytes_per_second")),
            number_at(answer, "priority"),
            show_duration(static_cast<std::int64_t>(number_at(answer, "threshold_ms"))));
    };
    return chosen;
}

void add_limit(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<LimitArguments>();
    CLI::App* command = group.add_subcommand(
        "limit", "what a rule or a link may take, which rule goes first, when it is late");
    command->add_option("bucket", arguments->bucket, "source bucket");
    command->add_option("--rule", arguments->rule, "rule id, when the bucket has several");
    command->add_option("--link", arguments->link, "a region: limits all rules to it together");
    command->add_option(
        "--bandwidth", arguments->bandwidth, "a second, e.g. 10MiB; at least 64KiB; none");
    command->add_option("--priority", arguments->priority, "0 to 9; higher goes first on the link");
    command->add_option(
        "--threshold", arguments->threshold, "a change not there after it is late, e.g. 10min");
    command->callback([arguments, &choice] { choice.command = limit_command(*arguments); });
}

}  // namespace

void add_replication_rule_commands(CLI::App& group, Choice& choice) {
    add_explain(group, choice);
    add_plan(group, choice);
    add_limit(group, choice);
}

}  // namespace antipode::cli
