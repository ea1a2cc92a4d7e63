#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"

namespace antipode::cli {

namespace {

std::string print_buckets(const boost::json::value& answer) {
    Table table({"BUCKET", "OWNER", "OBJECTS", "SIZE", "VERSIONING", "RULES", "CREATED"});
    for (const boost::json::value& bucket : list_at(answer, "buckets")) {
        table.add({text_at(bucket, "name"),
                   text_at(bucket, "owner"),
                   std::to_string(number_at(bucket, "objects")),
                   show_bytes(number_at(bucket, "bytes")),
                   text_at(bucket, "versioning"),
                   std::to_string(number_at(bucket, "rules")),
                   show_time(static_cast<std::int64_t>(number_at(bucket, "created_ms")))});
    }
    return table.str();
}

std::string print_usage(const boost::json::value& answer) {
    Table table({"ACCOUNT", "BUCKETS", "OBJECTS", "SIZE", "UPLOADS"});
    for (const boost::json::value& account : list_at(answer, "accounts")) {
        table.add({text_at(account, "id"),
                   std::to_string(number_at(account, "buckets")),
                   std::to_string(number_at(account, "objects")),
                   show_bytes(number_at(account, "bytes")),
                   std::to_string(number_at(account, "uploads"))});
    }
    return table.str();
}

void add_simple(CLI::App& app,
                Choice& choice,
                const std::string& name,
                const std::string& help,
                std::string (*print)(const boost::json::value&)) {
    app.add_subcommand(name, help)->callback([name, print, &choice] {
        Command command;
        command.target = name;
        command.print = print;
        choice.command = std::move(command);
    });
}

}  // namespace

void add_bucket_commands(CLI::App& app, Choice& choice) {
    add_simple(app, choice, "buckets", "all buckets of all accounts", print_buckets);
    add_simple(app, choice, "usage", "what each account stores", print_usage);
}

}  // namespace antipode::cli
