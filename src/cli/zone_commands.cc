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

std::string print_zones(const boost::json::value& answer) {
    Table table({"ZONE", "STATE", "PROGRESS", "DIRECTORY", "REASON"});
    for (const boost::json::value& zone : list_at(answer, "zones")) {
        table.add({text_at(zone, "name"),
                   text_at(zone, "state"),
                   fmt::format("{:.0f}%", fraction_at(zone, "progress") * 100),
                   text_at(zone, "directory"),
                   text_at(zone, "reason")});
    }
    std::string names;
    for (const boost::json::value& zone : list_at(answer, "could_lose")) {
        names += (names.empty() ? "" : " or ") +
                 (zone.is_string() ? std::string(zone.get_string()) : "");
    }
    std::string out = table.str();
    out += names.empty() ? "No zone may be lost now.\n"
                         : fmt::format("Without loss of data could be lost now: {}.\n", names);
    out += fmt::format("Under-protected bodies: {}.\n", number_at(answer, "under_protected"));
    for (const boost::json::value& drill : list_at(answer, "drills")) {
        out += fmt::format("Drill on {}: {} until {}.\n",
                           text_at(drill, "zone"),
                           text_at(drill, "mode"),
                           show_time(static_cast<std::int64_t>(number_at(drill, "ends_ms"))));
    }
    return out;
}

std::string print_drill(const boost::json::value& answer) {
    return fmt::format("{}: {} until {}\n",
                       text_at(answer, "zone"),
                       text_at(answer, "mode"),
                       show_time(static_cast<std::int64_t>(number_at(answer, "ends_ms"))));
}

std::string seconds_at(const boost::json::value& answer, std::string_view name) {
    return fmt::format("{:.1f} s", answer.at(name).to_number<double>() / 1000);
}

std::string print_report(const boost::json::value& report) {
    const bool is_noticed = !report.at("noticed_after_ms").is_null();
    const bool is_protected = !report.at("protected_after_ms").is_null();
    return fmt::format(
        "{} requests, {} failed; longest gap {:.0f} ms\n{}\n{}\n",
        number_at(report, "requests"),
        number_at(report, "failed"),
        report.at("longest_gap_ms").to_number<double>(),
        is_noticed ? "seen to be unwell after " + seconds_at(report, "noticed_after_ms")
                   : "nothing was wrong that made the zone unwell",
        is_protected ? "everything on three zones again " +
                           seconds_at(report, "protected_after_ms") + " after the fault was lifted"
                     : "not everything is on three zones again yet");
}

/// The report of the drill that was begun, once all is as before. Fails when a request did.
Command drill_outcome(const std::string& target) {
    Command outcome = get(target, print_report);
    outcome.watch = std::chrono::milliseconds(300);
    outcome.is_over = [](const boost::json::value& report) {
        return text_at(report, "state") == "over";
    };
    outcome.exit_code = [](const boost::json::value& report) {
        const bool is_well =
            number_at(report, "failed") == 0 && !report.at("protected_after_ms").is_null();
        return is_well ? 0 : 1;
    };
    return outcome;
}

Result<Command> drill_command(const std::string& zone,
                              const std::string& mode,
                              const std::string& duration,
                              bool no_wait) {
    Command command;
    command.target = fmt::format("zones/{}/drill", codec::percent_encode(zone));
    if (mode == "end") {
        command.method = "DELETE";
        command.print = [zone](const boost::json::value&) {
            return zone + ": the drill has ended\n";
        };
        return command;
    }
    TRY(const auto time, codec::parse_duration(duration));
    command.method = "POST";
    command.body["mode"] = mode;
    command.body["duration_ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    command.print = print_drill;
    if (!no_wait) {
        command.outcome = std::make_shared<Command>(drill_outcome(command.target));
    }
    return command;
}

struct DrillArguments {
    std::string zone;
    std::string mode;
    std::string duration = "30s";
    bool no_wait = false;
};

void add_drill(CLI::App& app, Choice& choice) {
    auto given = std::make_shared<DrillArguments>();
    CLI::App* drill = app.add_subcommand(
        "drill",
        "practises the loss of a zone: puts a fault on its files for a while, and tells what "
        "clients saw of it");
    drill->add_option("ZONE", given->zone, "zone-a, zone-b or zone-c")->required();
    drill
        ->add_option(
            "MODE", given->mode, "kill, hang, slow, eio, full, read-only or flip; end lifts it now")
        ->required();
    drill->add_option("--for", given->duration, "how long, at most 1h; default 30s");
    drill->add_flag("--no-wait", given->no_wait, "does not wait for its end and its report");
    drill->callback([given, &choice] {
        choice.command = drill_command(given->zone, given->mode, given->duration, given->no_wait);
    });
}

struct ReplaceArguments {
    std::string zone;
    std::string directory;
};

void add_replace(CLI::App& app, Choice& choice) {
    auto given = std::make_shared<ReplaceArguments>();
    CLI::App* replace = app.add_subcommand(
        "replace", "puts an empty directory in the place of a zone's and refills it");
    replace->add_option("ZONE", given->zone, "zone-a, zone-b or zone-c")->required();
    replace->add_option("DIR", given->directory, "the new directory, as the server sees it")
        ->required();
    replace->callback([given, &choice] {
        choice.command =
            post(fmt::format("zones/{}/replace", codec::percent_encode(given->zone)),
                 {{"directory", given->directory}},
                 [](const boost::json::value& answer) {
                     return fmt::format(
                         "{} is being refilled; `antipode admin zones` shows how far it is\n",
                         text_at(answer, "zone"));
                 });
    });
}

struct MaintenanceArguments {
    std::string zone;
    std::string what;
    bool is_at_once = false;
};

Result<Command> maintenance_command(const MaintenanceArguments& given) {
    const std::string target =
        fmt::format("zones/{}/maintenance", codec::percent_encode(given.zone));
    if (given.what == "on") {
        return post(target, {{"at_once", given.is_at_once}}, [](const boost::json::value& answer) {
            return fmt::format(
                "{} is out and stays out, over restarts too; nothing touches its "
                "directory until `antipode admin zones maintenance {} off`\n",
                text_at(answer, "zone"),
                text_at(answer, "zone"));
        });
    }
    if (given.what != "off" || given.is_at_once) {
        return fail(ErrorCode::InvalidArgument,
                    "maintenance is on (with --at-once if need be) or off");
    }
    Command command;
    command.method = "DELETE";
    command.target = target;
    command.print = [](const boost::json::value& answer) {
        return fmt::format(
            "{} is let back; `antipode admin zones` shows how far it has caught up\n",
            text_at(answer, "zone"));
    };
    return command;
}

void add_maintenance(CLI::App& app, Choice& choice) {
    auto given = std::make_shared<MaintenanceArguments>();
    CLI::App* maintenance = app.add_subcommand(
        "maintenance", "takes a zone out for work on its disk, and lets it back");
    maintenance->add_option("ZONE", given->zone, "zone-a, zone-b or zone-c")->required();
    maintenance
        ->add_option("WHAT",
                     given->what,
                     "on: waits until all is on three zones, then takes it out; off: lets it back")
        ->required();
    maintenance->add_flag(
        "--at-once", given->is_at_once, "does not wait for bodies that are still being healed");
    maintenance->callback([given, &choice] { choice.command = maintenance_command(*given); });
}

std::string print_lost(const boost::json::value& body) {
    std::string where = text_at(body, "version_id");
    where = where.empty() ? "an unfinished upload" : "version " + where;
    if (body.as_object().contains("part")) {
        where += fmt::format(", part {}", number_at(body, "part"));
    }
    const std::string reason = text_at(body, "reason");
    return fmt::format("  beyond repair: {}/{} ({}): {} bytes at {}, since {}\n    {}\n",
                       text_at(body, "bucket"),
                       text_at(body, "key"),
                       where,
                       number_at(body, "size"),
                       number_at(body, "offset"),
                       show_time(static_cast<std::int64_t>(number_at(body, "since_ms"))),
                       reason.empty() ? "other regions are being asked for them" : reason);
}

std::string print_scrub(const boost::json::value& answer) {
    std::string out = fmt::format(
        "{} ({:.0f}%): {} bodies read, {} pieces healed, {} not checked, "
        "{} damaged beyond repair\n",
        text_at(answer, "state"),
        100 * answer.at("progress").to_number<double>(),
        number_at(answer, "checked"),
        number_at(answer, "healed"),
        number_at(answer, "not_checked"),
        number_at(answer, "lost"));
    if (!text_at(answer, "error").empty()) {
        out += fmt::format("  {}\n", text_at(answer, "error"));
    }
    if (const auto next = number_at(answer, "next_ms"); next > 0) {
        out +=
            fmt::format("  the next one begins {}\n", show_time(static_cast<std::int64_t>(next)));
    }
    for (const boost::json::value& body : answer.at("beyond_repair").as_array()) {
        out += print_lost(body);
    }
    return out;
}

void add_scrub(CLI::App& app, Choice& choice) {
    CLI::App* scrub =
        app.add_subcommand("scrub", "reads every stored body, checks it and heals what is damaged");
    scrub->require_subcommand(1);
    scrub->add_subcommand("now", "begins one")->callback([&choice] {
        choice.command = post("scrub", {}, print_scrub);
    });
    scrub->add_subcommand("status", "how far the last one is")->callback([&choice] {
        choice.command = get("scrub", print_scrub);
    });
}

}  // namespace

void add_zone_commands(CLI::App& app, Choice& choice) {
    CLI::App* zones =
        app.add_subcommand("zones", "the three zones: state, progress, what could be lost now");
    zones->require_subcommand(0, 1);
    // Runs after the callback of a subcommand of its own, so it must not overwrite that one's
    // choice.
    zones->callback([zones, &choice] {
        if (zones->get_subcommands().empty()) {
            choice.command = get("zones", print_zones);
        }
    });
    add_maintenance(*zones, choice);
    add_replace(*zones, choice);
    add_drill(*zones, choice);
    add_drill(app, choice);
    add_scrub(app, choice);
}

}  // namespace antipode::cli
