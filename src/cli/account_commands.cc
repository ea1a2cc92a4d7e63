#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/output.h"
#include "codec/uri.h"

namespace antipode::cli {

namespace {

std::string print_accounts(const boost::json::value& answer) {
    Table table({"ACCOUNT", "NAME", "KEYS", "CREATED"});
    for (const boost::json::value& account : list_at(answer, "accounts")) {
        table.add({text_at(account, "id"),
                   text_at(account, "name"),
                   std::to_string(number_at(account, "keys")),
                   show_time(static_cast<std::int64_t>(number_at(account, "created_ms")))});
    }
    return table.str();
}

std::string print_account(const boost::json::value& answer) {
    return fmt::format("account {} ({})\n", text_at(answer, "id"), text_at(answer, "name"));
}

std::string print_keys(const boost::json::value& answer) {
    Table table({"ACCESS KEY", "ACCOUNT", "ROOT"});
    for (const boost::json::value& key : list_at(answer, "keys")) {
        table.add({text_at(key, "access_key"),
                   text_at(key, "account"),
                   flag_at(key, "root") ? "yes" : ""});
    }
    return table.str();
}

std::string print_key(const boost::json::value& answer) {
    return fmt::format("access key  {}\nsecret key  {}\naccount     {}\n",
                       text_at(answer, "access_key"),
                       text_at(answer, "secret_key"),
                       text_at(answer, "account"));
}

CLI::App* add_group(CLI::App& app,
                    Choice& choice,
                    const std::string& name,
                    const std::string& help,
                    std::string (*print)(const boost::json::value&)) {
    CLI::App* group = app.add_subcommand(name, help);
    group->require_subcommand(0, 1);
    const auto list = [name, print, &choice] { choice.command = get(name, print); };
    group->add_subcommand("list", "all of them")->callback(list);
    group->callback([group, list] {
        if (group->get_subcommands().empty()) {
            list();
        }
    });
    return group;
}

void add_delete(CLI::App& group, Choice& choice, const std::string& path, const std::string& help) {
    auto id = std::make_shared<std::string>();
    CLI::App* remove = group.add_subcommand("delete", help);
    remove->add_option("ID", *id)->required();
    remove->callback([id, path, &choice] {
        Command command;
        command.method = "DELETE";
        command.target = fmt::format("{}/{}", path, codec::percent_encode(*id));
        command.print = [id](const boost::json::value&) { return *id + " is deleted\n"; };
        choice.command = std::move(command);
    });
}

struct CreateAccount {
    std::string name;
    std::string id;
};

struct CreateKey {
    std::string account;
    std::string access_key;
    std::string secret;
};

}  // namespace

void add_account_commands(CLI::App& app, Choice& choice) {
    CLI::App* accounts = add_group(app, choice, "accounts", "who owns buckets", print_accounts);
    auto account = std::make_shared<CreateAccount>();
    CLI::App* create = accounts->add_subcommand(
        "create", "makes an account; give the same --id in linked regions");
    create->add_option("NAME", account->name)->required();
    create->add_option("--id", account->id, "16 digits; default: made from the name");
    create->callback([account, &choice] {
        Command command;
        command.method = "POST";
        command.target = "accounts";
        command.body["name"] = account->name;
        if (!account->id.empty()) {
            command.body["id"] = account->id;
        }
        command.print = print_account;
        choice.command = std::move(command);
    });
    add_delete(
        *accounts, choice, "accounts", "removes an account with its keys; it may own no bucket");

    CLI::App* keys = add_group(app, choice, "keys", "access keys of accounts", print_keys);
    auto key = std::make_shared<CreateKey>();
    CLI::App* create_key =
        keys->add_subcommand("create", "makes an access key; give the same in linked regions");
    create_key->add_option("ACCOUNT", key->account)->required();
    create_key->add_option("--access-key", key->access_key, "default: one is made");
    create_key->add_option("--secret-key", key->secret, "default: one is made and shown once");
    create_key->callback([key, &choice] {
        Command command;
        command.method = "POST";
        command.target = "keys";
        command.body["account"] = key->account;
        if (!key->access_key.empty()) {
            command.body["access_key"] = key->access_key;
        }
        if (!key->secret.empty()) {
            command.body["secret_key"] = key->secret;
        }
        command.print = print_key;
        choice.command = std::move(command);
    });
    add_delete(*keys, choice, "keys", "removes an access key");
}

}  // namespace antipode::cli
