#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"

namespace antipode::cli {

namespace {

std::string print_events(const boost::json::value& answer) {
    Table table({"TIME", "SUBJECT", "WHAT"});
    for (const boost::json::value& event : list_at(answer, "events")) {
        table.add({show_time(static_cast<std::int64_t>(number_at(event, "time_ms"))),
                   text_at(event, "subject"),
                   text_at(event, "text")});
    }
    return table.str();
}

std::string print_info(const boost::json::value& answer) {
    Table table({"REGION", "VERSION", "ACCOUNT", "STARTED", "ENGINE"});
    table.add({text_at(answer, "region"),
               text_at(answer, "version"),
               text_at(answer, "account"),
               show_time(static_cast<std::int64_t>(number_at(answer, "started_ms"))),
               text_at(answer, "engine")});
    return table.str();
}

}  // namespace

void add_event_commands(CLI::App& app, Choice& choice) {
    app.add_subcommand("events", "what happened lately: zones, drills, rules")->callback([&choice] {
        choice.command = get("events", print_events);
    });
    app.add_subcommand("info", "which server this is")->callback([&choice] {
        choice.command = get("info", print_info);
    });
}

}  // namespace antipode::cli
