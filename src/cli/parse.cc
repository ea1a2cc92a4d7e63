#include "cli/parse.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "codec/nearest.h"

namespace antipode::cli {

namespace {

/// The innermost subcommand that was named.
const CLI::App* innermost(const CLI::App* app) {
    while (!app->get_subcommands().empty()) {
        app = app->get_subcommands().front();
    }
    return app;
}

std::vector<std::string> flags_of(const CLI::App* app) {
    std::vector<std::string> names;
    for (; app != nullptr; app = app->get_parent()) {
        for (const CLI::Option* option : app->get_options()) {
            if (!option->get_lnames().empty()) {
                names.push_back("--" + option->get_lnames().front());
            }
        }
    }
    return names;
}

std::unexpected<Error> refuse_extra(const CLI::App& app, std::string extra) {
    const CLI::App* at = innermost(&app);
    extra = extra.substr(0, extra.find('='));
    if (extra.starts_with('-')) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("unknown option {}; the nearest is {}",
                                extra,
                                codec::nearest(extra, flags_of(at))));
    }
    std::vector<std::string> names;
    for (const CLI::App* sub : at->get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(sub->get_name());
    }
    if (names.empty()) {
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("'{}' is one argument too many for {}", extra, at->get_name()));
    }
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format(
            "unknown command '{}'; the nearest is '{}'", extra, codec::nearest(extra, names)));
}

}  // namespace

Result<Parsed> parse(std::vector<std::string> arguments) {
    Parsed parsed;
    Choice choice;
    CLI::App app{"Looks after a running server: its zones, accounts, buckets and replication.",
                 "antipode admin"};
    app.footer(
        "The credential is taken from ANTIPODE_ACCESS_KEY and ANTIPODE_SECRET_KEY or from a "
        "profile.");
    app.fallthrough();  // So that --json and --endpoint may stand behind the command too.
    app.allow_extras();
    app.add_option("--endpoint",
                   parsed.session.endpoint,
                   "URL of the server; default http://127.0.0.1:9000")
        ->type_name("URL");
    app.add_option("--profile", parsed.session.profile, "a table of ~/.config/antipode/admin.toml")
        ->type_name("NAME");
    app.add_flag("--json", parsed.json, "prints the server's answer as it is");
    app.require_subcommand(0, 1);
    add_zone_commands(app, choice);
    add_account_commands(app, choice);
    add_bucket_commands(app, choice);
    add_event_commands(app, choice);
    add_lifecycle_commands(app, choice);
    add_link_commands(app, choice);
    add_replication_commands(app, choice);
    std::ranges::reverse(arguments);  // CLI11 takes them from the back.
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        parsed.help = innermost(&app)->help();
        return parsed;
    } catch (const CLI::ParseError& error) {
        return fail(ErrorCode::InvalidArgument, error.what());
    }
    if (const auto extras = app.remaining(true); !extras.empty()) {
        return refuse_extra(app, extras.front());
    }
    TRY(parsed.command, std::move(choice.command));
    return parsed;
}

}  // namespace antipode::cli
