#include "server/config.h"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "admin/accounts.h"
#include "server/config_file.h"
#include "server/config_options.h"
#include "server/refuse_extras.h"
#include "server/regions_file.h"

namespace antipode::server {

namespace {

constexpr std::string_view kFooter =
    "The root credential is taken from ANTIPODE_ACCESS_KEY and ANTIPODE_SECRET_KEY; without them "
    "the stored one is used,\n"
    "or one is made, stored in the zones and printed once. Sizes and durations carry units: 64KiB, "
    "250ms.";

std::unexpected<Error> refuse(std::string message) {
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

struct CommandLine {
    Settings settings;
    std::string help;
};

/// What CLI11 fills while it parses: it keeps references, so the slots may not move.
struct Slots {
    std::map<std::string, std::vector<std::string>> values;
    std::map<std::string, bool> switches;
};

void describe(CLI::App& app, Slots& slots) {
    for (const Option& option : options()) {
        const std::string flag = "--" + option.name;
        if (option.kind == Option::Kind::Switch) {
            app.add_flag(flag, slots.switches[option.name], option.help);
        } else {
            app.add_option(flag, slots.values[option.name], option.help)
                ->type_name(option.shown)
                ->expected(1)
                ->allow_extra_args(false)
                ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
    }
}

std::vector<std::string> names_of_options() {
    std::vector<std::string> names{"--help"};
    for (const Option& option : options()) {
        names.push_back("--" + option.name);
    }
    return names;
}

Result<CommandLine> parse_command_line(std::vector<std::string> arguments) {
    CLI::App app{"Serves one region of three zones over OSS and S3.", "antipode server"};
    app.footer(std::string(kFooter));
    app.allow_extras();
    Slots slots;
    describe(app, slots);
    std::ranges::reverse(arguments);  // CLI11 takes them from the back.
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        return CommandLine{.settings = {}, .help = app.help()};
    } catch (const CLI::ParseError& error) {
        return refuse(error.what());
    }
    TRY_VOID(refuse_extras("antipode server", app.remaining(), names_of_options()));

    CommandLine line;
    for (const Option& option : options()) {
        if (app.count("--" + option.name) == 0) {
            continue;
        }
        auto& values = line.settings[option.name];
        values = option.kind == Option::Kind::Switch ? std::vector<std::string>{"true"}
                                                     : slots.values[option.name];
        if (option.kind == Option::Kind::Value && values.size() > 1) {
            return refuse(fmt::format("--{} is given more than once", option.name));
        }
    }
    return line;
}

Result<void> take(Draft& draft, const Settings& settings, std::string_view source) {
    for (const Option& option : options()) {
        const auto found = settings.find(option.name);
        if (found == settings.end()) {
            continue;
        }
        if (auto taken = option.take(draft, found->second); !taken) {
            return fail(taken.error().code,
                        fmt::format("{}{}: {}", source, option.name, taken.error().message));
        }
    }
    return {};
}

Result<void> settle_zones(Draft& draft) {
    if (draft.config.engine == Engine::Memory) {
        return {};
    }
    if (draft.data.empty() == draft.zones.empty()) {
        return refuse("give either --data DIR or --zone DIR three times");
    }
    if (!draft.data.empty()) {
        const std::string base = draft.data.ends_with('/') ? draft.data : draft.data + "/";
        draft.config.zones = {base + "zone-a", base + "zone-b", base + "zone-c"};
        return {};
    }
    if (draft.zones.size() != draft.config.zones.size()) {
        return refuse(
            fmt::format("--zone is given {} times; a region has three zones", draft.zones.size()));
    }
    for (std::size_t i = 0; i < draft.zones.size(); ++i) {
        std::string& zone = draft.config.zones[i];
        zone = draft.zones[i];
        while (zone.size() > 1 && zone.ends_with('/')) {
            zone.pop_back();
        }
        if (zone.empty() || std::ranges::count(draft.config.zones, zone) > 1) {
            return refuse(fmt::format(
                "--zone: '{}' cannot be two zones; each needs a directory of its own", zone));
        }
    }
    return {};
}

/// The content of a secret's file without the end of its line.
Result<std::string> read_secret(const std::string& option,
                                const std::string& path,
                                runtime::FileSystem& files) {
    auto content = files.read_file(path);
    if (!content) {
        return refuse(fmt::format("--{}: {}", option, content.error().message));
    }
    while (!content->empty() &&
           (content->back() == '\n' || content->back() == '\r' || content->back() == ' ')) {
        content->pop_back();
    }
    if (content->size() < 16) {
        return refuse(fmt::format("--{}: {} holds fewer than 16 characters", option, path));
    }
    return std::move(*content);
}

Result<void> settle_secrets(Draft& draft, runtime::FileSystem& files) {
    if (!draft.link_secret_file.empty()) {
        TRY(draft.config.link_secret,
            read_secret("link-secret-file", draft.link_secret_file, files));
    }
    if (draft.config.event_webhook.address.empty() != draft.event_webhook_secret_file.empty()) {
        return refuse(
            "--event-webhook and --event-webhook-secret-file belong together: give both or "
            "neither");
    }
    if (!draft.event_webhook_secret_file.empty()) {
        TRY(draft.config.event_webhook.secret,
            read_secret("event-webhook-secret-file", draft.event_webhook_secret_file, files));
    }
    return {};
}

Result<void> settle_regions(Draft& draft, runtime::FileSystem& files) {
    if (draft.regions_file.empty()) {
        return {};
    }
    const auto content = files.read_file(draft.regions_file);
    if (!content) {
        return refuse(fmt::format("--regions-file: {}", content.error().message));
    }
    TRY(draft.config.regions, parse_regions_file(*content, draft.regions_file));
    return {};
}

Result<void> settle_root(Config& config, const Environment& environment) {
    const auto access_key = environment("ANTIPODE_ACCESS_KEY");
    const auto secret = environment("ANTIPODE_SECRET_KEY");
    if (!access_key && !secret) {
        return {};
    }
    if (!access_key || !secret) {
        return refuse(
            "ANTIPODE_ACCESS_KEY and ANTIPODE_SECRET_KEY belong together: set both or neither");
    }
    if (auto checked = admin::check_access_key(*access_key); !checked) {
        return refuse("ANTIPODE_ACCESS_KEY: " + checked.error().message);
    }
    if (auto checked = admin::check_secret(*secret); !checked) {
        return refuse("ANTIPODE_SECRET_KEY: " + checked.error().message);
    }
    config.root = admin::RootKey{.access_key = *access_key, .secret = *secret};
    return {};
}

Result<void> check_together(const Config& config) {
    if (config.region.empty()) {
        return refuse("--region is missing; it names this region, such as cn-hangzhou");
    }
    if (config.tls_certificate_file.empty() != config.tls_key_file.empty()) {
        return refuse("--tls-cert and --tls-key belong together: give both or neither");
    }
    if (config.suspect_after >= config.out_after) {
        return refuse("--suspect-after must be shorter than --out-after");
    }
    if (config.link_directory.empty() != config.link_listen.empty()) {
        return refuse("--link-directory and --link-listen belong together: give both or neither");
    }
    for (const Peer& peer : config.peers) {
        if (peer.region == config.region) {
            return refuse(fmt::format("--peer: {} is this region itself", peer.region));
        }
        if (!config.link_directory.empty() && !peer.tls) {
            return refuse(fmt::format("--peer: with --link-directory {} must have an https:// URL",
                                      peer.region));
        }
    }
    return {};
}

}  // namespace

Result<Arguments> read_arguments(const std::vector<std::string>& arguments,
                                 const Environment& environment,
                                 runtime::FileSystem& files) {
    TRY(CommandLine line, parse_command_line(arguments));
    if (!line.help.empty()) {
        return Arguments{.config = {}, .help = std::move(line.help)};
    }
    Draft draft;
    if (const auto file = line.settings.find("config"); file != line.settings.end()) {
        auto content = files.read_file(file->second.front());
        if (!content) {
            return refuse(fmt::format("--config: {}", content.error().message));
        }
        TRY(Settings settings, parse_config_file(*content, file->second.front()));
        // The two ways to name zones exclude each other; a flag replaces either.
        if (line.settings.contains("data") || line.settings.contains("zone")) {
            settings.erase("data");
            settings.erase("zone");
        }
        TRY_VOID(take(draft, settings, file->second.front() + ": "));
    }
    TRY_VOID(take(draft, line.settings, "--"));
    TRY_VOID(settle_zones(draft));
    TRY_VOID(settle_secrets(draft, files));
    TRY_VOID(settle_regions(draft, files));
    TRY_VOID(settle_root(draft.config, environment));
    TRY_VOID(check_together(draft.config));
    return Arguments{.config = std::move(draft.config), .help = {}};
}

}  // namespace antipode::server
