#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "codec/quantity.h"
#include "codec/uri.h"

// Whether two regions hold the same, and what is missing when they do not.
namespace antipode::cli {

namespace {

struct VerifyArguments {
    std::string bucket;
    std::string rule;
    std::string wait = "60s";
    bool repair = false;
};

/// The last line of what verify prints: statement and signature together are one file.
constexpr std::string_view kSignatureLine = "signature: ";

std::string print_mended(const boost::json::value& answer) {
    const std::uint64_t mended = number_at(answer, "mended");
    return mended == 0 ? "" : fmt::format("Sent again: {} versions.\n", mended);
}

std::string print_verification(const boost::json::value& answer) {
    const std::string as_of = show_time(static_cast<std::int64_t>(number_at(answer, "as_of_ms")));
    if (flag_at(answer, "identical")) {
        return fmt::format("{}Identical as of {}: {} versions, {}; digest {}.\n\n{}{}{}\n",
                           print_mended(answer),
                           as_of,
                           number_at(answer, "compared"),
                           flag_at(answer, "by_set_digest")
                               ? "proved by the set digests of both sides"
                               : "compared version by version",
                           text_at(answer, "digest"),
                           text_at(answer, "statement"),
                           kSignatureLine,
                           text_at(answer, "signature"));
    }
    Table table({"DIFFERENCE", "KEY", "VERSION"});
    for (const boost::json::value& one : list_at(answer, "differences")) {
        table.add({text_at(one, "kind"), text_at(one, "key"), text_at(one, "version_id")});
    }
    return fmt::format("{}{}NOT identical as of {}: {} of {} versions differ.\n",
                       print_mended(answer),
                       table.str(),
                       as_of,
                       number_at(answer, "difference_count"),
                       number_at(answer, "compared"));
}

Result<Command> verify_command(const VerifyArguments& arguments) {
    TRY(const auto wait, codec::parse_duration(arguments.wait));
    Command chosen;
    chosen.method = "POST";
    chosen.target = "replication/verify";
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    chosen.body = {{"bucket", arguments.bucket}, {"wait_seconds", seconds}};
    if (!arguments.rule.empty()) {
        chosen.body["rule"] = arguments.rule;
    }
    if (arguments.repair) {
        chosen.body["repair"] = true;
    }
    chosen.print = print_verification;
    chosen.exit_code = [](const boost::json::value& answer) {
        return flag_at(answer, "identical") ? 0 : 1;
    };
    return chosen;
}

void add_verify(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<VerifyArguments>();
    CLI::App* command = group.add_subcommand(
        "verify",
        "proves that the destination holds what the source holds; exit code 1 when it does not");
    command->add_option("bucket", arguments->bucket, "source bucket")->required();
    command->add_option("--rule", arguments->rule, "rule id, when the bucket has several");
    command->add_option("--wait", arguments->wait, "how long to wait for it to catch up, e.g. 60s");
    command->add_flag("--repair", arguments->repair, "sends what differs again, then compares");
    command->callback([arguments, &choice] { choice.command = verify_command(*arguments); });
}

std::string print_loss(const boost::json::value& answer) {
    const boost::json::array& rules = list_at(answer, "rules");
    if (rules.empty()) {
        return "No rule leads into this region.\n";
    }
    std::string out;
    for (const boost::json::value& rule : rules) {
        out += fmt::format("{}/{} -> {}\n",
                           text_at(rule, "source_region"),
                           text_at(rule, "source_bucket"),
                           text_at(rule, "bucket"));
        if (!flag_at(rule, "heard")) {
            out += "  The source has never said what is coming: nothing is known.\n";
            continue;
        }
        const auto time = [&rule](std::string_view field) {
            return show_time(static_cast<std::int64_t>(number_at(rule, field)));
        };
        out += fmt::format("  Known to be missing: {} versions, {}; {} removals; oldest {}.\n",
                           number_at(rule, "versions"),
                           show_bytes(number_at(rule, "bytes")),
                           number_at(rule, "removals"),
                           time("oldest_ms"));
        if (const std::uint64_t left = number_at(rule, "history_left"); left > 0) {
            out += fmt::format(
                "  Of the history {} versions were not copied; their names are not "
                "known.\n",
                left);
        }
        out += fmt::format(
            "  Cannot be known: what was written after {}; the source was last heard "
            "at {}, {} ago.\n",
            time("known_to_ms"),
            time("heard_ms"),
            show_duration(static_cast<std::int64_t>(number_at(rule, "silent_ms"))));
        Table table({"OPERATION", "KEY", "VERSION", "SIZE", "WRITTEN"});
        for (const boost::json::value& one : list_at(rule, "missing")) {
            table.add({text_at(one, "operation"),
                       text_at(one, "key"),
                       text_at(one, "version_id"),
                       show_bytes(number_at(one, "bytes")),
                       show_time(static_cast<std::int64_t>(number_at(one, "committed_ms")))});
        }
        if (!list_at(rule, "missing").empty()) {
            out += table.str();
        }
    }
    return out;
}

void add_loss(CLI::App& group, Choice& choice) {
    auto bucket = std::make_shared<std::string>();
    CLI::App* command = group.add_subcommand(
        "loss", "asked at a destination: what of the sources is known to be missing here");
    command->add_option("--bucket", *bucket, "only rules into this bucket");
    command->callback([bucket, &choice] {
        choice.command =
            get("replication/loss?bucket=" + codec::percent_encode(*bucket), print_loss);
    });
}

struct CheckArguments {
    std::string file;
    std::string key;
};

/// Takes what verify printed: whatever stands before the statement's first line is left out.
Result<void> take_statement(Command& command, const std::string& content) {
    constexpr std::string_view kBegin = "antipode statement ";
    const std::size_t begin = content.find(kBegin);
    const std::size_t end = begin == std::string::npos
                                ? std::string::npos
                                : content.find("\n" + std::string(kSignatureLine), begin);
    if (end == std::string::npos) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} holds no statement with a signature", command.file));
    }
    std::string signature = content.substr(end + 1 + kSignatureLine.size());
    signature = signature.substr(0, signature.find_first_of(" \r\n"));
    command.body["statement"] = content.substr(begin, end + 1 - begin);
    command.body["signature"] = signature;
    return {};
}

void add_check_statement(CLI::App& group, Choice& choice) {
    auto arguments = std::make_shared<CheckArguments>();
    CLI::App* command = group.add_subcommand(
        "check-statement",
        "whether a statement that verify printed is genuine; exit code 1 when it is not");
    command->add_option("file", arguments->file, "what verify printed")->required();
    command->add_option(
        "--key", arguments->key, "public key in hex; default: that of the region that is asked");
    command->callback([arguments, &choice] {
        Command chosen;
        chosen.method = "POST";
        chosen.target = "replication/check-statement";
        if (!arguments->key.empty()) {
            chosen.body["public_key"] = arguments->key;
        }
        chosen.file = arguments->file;
        chosen.take_file = take_statement;
        chosen.print = [](const boost::json::value& answer) {
            return fmt::format(
                "{} by the key {}.\n",
                flag_at(answer, "valid") ? "Genuine: signed" : "NOT genuine: not signed",
                text_at(answer, "public_key"));
        };
        chosen.exit_code = [](const boost::json::value& answer) {
            return flag_at(answer, "valid") ? 0 : 1;
        };
        choice.command = std::move(chosen);
    });
}

}  // namespace

void add_replication_proof_commands(CLI::App& group, Choice& choice) {
    add_verify(group, choice);
    add_loss(group, choice);
    add_check_statement(group, choice);
}

}  // namespace antipode::cli
