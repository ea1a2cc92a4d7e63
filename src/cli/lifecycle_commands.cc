#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"

namespace antipode::cli {

namespace {

std::string print_lifecycle(const boost::json::value& answer) {
    std::string out = fmt::format("{}", text_at(answer, "state"));
    if (const auto ended = number_at(answer, "ended_ms"); ended > 0) {
        out += fmt::format(", ended {}", show_time(static_cast<std::int64_t>(ended)));
    }
    out += fmt::format(
        ": {} buckets, {} looked at, {} expired, {} versions removed, {} markers removed, {} moved "
        "to another class, {} uploads ended, {} changed meanwhile, {} refused\n",
        number_at(answer, "buckets"),
        number_at(answer, "looked_at"),
        number_at(answer, "expired"),
        number_at(answer, "versions_removed"),
        number_at(answer, "markers_removed"),
        number_at(answer, "moved"),
        number_at(answer, "uploads_aborted"),
        number_at(answer, "changed_meanwhile"),
        number_at(answer, "refused"));
    if (!text_at(answer, "error").empty()) {
        out += fmt::format("  {}\n", text_at(answer, "error"));
    }
    if (const auto next = number_at(answer, "next_ms"); next > 0) {
        out +=
            fmt::format("  the next one begins {}\n", show_time(static_cast<std::int64_t>(next)));
    }
    return out;
}

}  // namespace

void add_lifecycle_commands(CLI::App& app, Choice& choice) {
    CLI::App* lifecycle = app.add_subcommand(
        "lifecycle", "does what the lifecycle rules of all buckets say: each midnight, or now");
    lifecycle->require_subcommand(1);
    lifecycle->add_subcommand("run", "begins a walk now")->callback([&choice] {
        choice.command = post("lifecycle", {}, print_lifecycle);
    });
    lifecycle->add_subcommand("status", "how the last walk went or how far it is")
        ->callback([&choice] { choice.command = get("lifecycle", print_lifecycle); });
}

}  // namespace antipode::cli
