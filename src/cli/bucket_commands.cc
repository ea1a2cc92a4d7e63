#include <cstdint>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "codec/uri.h"

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

struct QuotaArguments {
    std::string bucket;
    std::uint64_t rules = 0;
};

void add_quota(CLI::App& app, Choice& choice) {
    auto arguments = std::make_shared<QuotaArguments>();
    CLI::App* command = app.add_subcommand(
        "quota", "how many replication rules a bucket may have in each direction");
    command->add_option("bucket", arguments->bucket, "the bucket")->required();
    command->add_option("--rules", arguments->rules, "1 to 1000; a new bucket may have 100")
        ->required();
    command->callback([arguments, &choice] {
        choice.command =
            post(fmt::format("buckets/{}/quota", codec::percent_encode(arguments->bucket)),
                 {{"replication_rules", arguments->rules}},
                 [](const boost::json::value& answer) {
                     return fmt::format("{} may have {} replication rules in each direction.\n",
                                        text_at(answer, "name"),
                                        number_at(answer, "replication_rules_max"));
                 });
    });
}

void add_simple(CLI::App& app,
                Choice& choice,
                const std::string& name,
                const std::string& help,
                std::string (*print)(const boost::json::value&)) {
    app.add_subcommand(name, help)->callback([name, print, &choice] {
        choice.command = get(name, print);
    });
}

}  // namespace

void add_bucket_commands(CLI::App& app, Choice& choice) {
    add_simple(app, choice, "buckets", "all buckets of all accounts", print_buckets);
    add_simple(app, choice, "usage", "what each account stores", print_usage);
    add_quota(app, choice);
}

}  // namespace antipode::cli
